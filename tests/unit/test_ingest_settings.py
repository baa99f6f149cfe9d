"""The settings of ingest: checked at start, masked in print."""

import pytest
from pydantic import ValidationError

from deploy.cli.environment import read_settings
from deploy.errors import SettingsWrong
from ingest.broker_url import parse_broker_url
from ingest.decoding.acceptance import DEFAULT_LIMITS
from ingest.settings import IngestSettings

GOOD = {
    "VIRTAAMA_DATABASE_URL": "postgresql://me:geheim@db/plant",
    "VIRTAAMA_MQTT_URL": "mqtts://me:geh%2Feim@broker",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_defaults_are_those_of_the_decoder_and_secrets_do_not_print() -> None:
    settings = IngestSettings()
    assert settings.limits == DEFAULT_LIMITS
    assert "geheim" not in repr(settings)
    assert "geh" not in repr(settings.broker)
    assert settings.broker.password == "geh/eim"
    assert (settings.broker.host, settings.broker.port, settings.broker.tls) == (
        "broker",
        8883,
        True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MQTT_URL", "http://broker"),
        ("MQTT_URL", "mqtt://broker:port"),
        ("MQTT_URL", "mqtt://"),
        ("DATABASE_URL", "mysql://db"),
        ("INGEST_FLUSH_INTERVAL_S", "0"),
        ("INGEST_RECEIVE_MAXIMUM_MESSAGES", "70000"),
        ("INGEST_RECEIVE_MAXIMUM_MESSAGES", "50000"),  # does not fit into the intake
        ("INGEST_BATCH_LIMIT_MESSAGES", "50000"),
        ("INGEST_BATCH_LIMIT_BYTES", "100000000"),
        ("INGEST_PARTITIONS", '[["a/#"]]'),  # no client id of its own
        ("INGEST_PARTITIONS", '[["a/#/b"]]'),
        ("INGEST_PARTITIONS", "[[]]"),
        ("INGEST_PARTITION", "2"),
        ("INGEST_SPOOL_LIMIT_BYTES", "1000000"),
        ("INGEST_EARLIEST", "2000-01-01T00:00:00"),  # no zone
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"VIRTAAMA_{name}", value)
    with pytest.raises(ValidationError):
        IngestSettings()


def test_partitions_are_read_from_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTAAMA_INGEST_PARTITIONS", '[["a/main/#"], ["a/ro/#", "b/#"]]')
    monkeypatch.setenv("VIRTAAMA_INGEST_PARTITION", "2")
    monkeypatch.setenv("VIRTAAMA_INGEST_CLIENT_ID", "ingest-2")
    settings = IngestSettings()
    assert settings.ingest_partitions[settings.ingest_partition - 1] == ("a/ro/#", "b/#")


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgres//me:geheim@db/plant"),
        ("DATABASE_URL", "postgresql://me:geh eim@db/plant"),
        ("DATABASE_URL", "postgresql://me:geheim%@db/plant"),
        ("DATABASE_URL", "postgresql://me:geheim@db:port/plant"),
        ("DATABASE_URL", "postgresql://me:geheim@db:70000/plant"),
        ("MQTT_URL", "broker:geheim"),
        ("MQTT_URL", "mqtt://me:geh/eim@broker"),
        ("MQTT_URL", "mqtt://me:geheim[@broker"),
        ("MQTT_URL", "mqtt://broker:geheim"),
        ("MQTT_URL", "mqtt://me:geh@eim#x@broker"),
        ("MQTT_URL", "mqtt://me:1883?geheim@broker"),
        ("DATABASE_URL", "postgresql://me:geh@eim@host/virtaama"),
        ("DATABASE_URL", "postgresql://me:geh/eim@host/virtaama"),
    ],
)
def test_no_message_quotes_a_url(name: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"VIRTAAMA_{name}", url)
    with pytest.raises(SettingsWrong) as caught:
        read_settings(IngestSettings)
    (problem,) = caught.value.problems
    assert problem.startswith(f"VIRTAAMA_{name} must look like ")
    assert "geh" not in str(caught.value)


def test_broker_urls() -> None:
    assert str(parse_broker_url("mqtt://broker.example:1884/")) == "broker.example:1884"
    assert parse_broker_url("mqtt://[::1]").host == "::1"
    assert parse_broker_url("mqtt://name@host").password is None
