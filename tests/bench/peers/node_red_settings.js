// Node-RED without its editor; the flow's function node finds the database through `pg`.
module.exports = {
    disableEditor: true,
    httpAdminRoot: false,
    uiPort: 0,
    uiHost: "127.0.0.1",
    flowFile: "flow.json",
    credentialSecret: false,
    functionGlobalContext: { pg: require(process.env.PEERS + "/node_modules/pg") },
};
