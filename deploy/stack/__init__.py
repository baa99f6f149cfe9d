"""The embedded stack: TimescaleDB, Mosquitto and Chromium without installing anything.

Promises: needs no root and no container; writes only below the cache folder and the data folders
it is given; listens on the loopback only, but for a broker
with accounts where that is asked for; ends every process it started, also after a crash.
Never: touches a process or a folder that is not its own; runs in production.

    debian.py     downloads packages with the machine's own apt and unpacks them into a prefix
    programs.py   PostgreSQL, TimescaleDB and Mosquitto, made runnable from that prefix
    browser.py    Chromium and a font, for the browser tests
    timescale.py  a database server        broker.py   an MQTT broker
    process.py    one child process        user.py     the ordinary user a server runs as
    lock.py       one owner for a folder   orphan.py   what a killed owner left behind
    ports.py      free and taken ports
"""
