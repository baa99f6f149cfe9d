"""What whoever runs the installation asks and does: status, and what lies in quarantine."""
