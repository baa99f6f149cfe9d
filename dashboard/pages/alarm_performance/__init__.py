"""How much the alarms ask of people, held against EEMUA 191 and ISA-18.2, with what would help."""
