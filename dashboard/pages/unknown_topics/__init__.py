"""What arrives and is in no site file, as text for one."""
