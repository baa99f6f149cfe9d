"""The package of a trial: what was asked for, values, metadata, code list and README."""
