"""The languages in which everything that people see has a name."""

LANGUAGES = ("fi", "sv", "en")
