"""A plant of one's own on this machine: for a first trial, and for a small site.

Promises: readings, accounts and passwords outlive every stop and every kill; nobody gets in without
an account. Never: changes the site file, or shares a folder with another that runs.
"""
