"""The demonstration plant: recordings of real plants, and a model for what they did not measure.

Promises: the same moment always gives the same rows and values; recorded values leave as they were
recorded; whatever the model made up is labelled synthetic in the site file.
Never: writes to the database itself. Everything goes through MQTT or the path of ingest.
"""
