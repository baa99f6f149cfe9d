"""How others see how the process is: metrics, health, systemd, the log now and then."""
