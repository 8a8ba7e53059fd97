"""Names and passwords: checked (`checking`), chosen by registration, and chosen anew by a reset."""
