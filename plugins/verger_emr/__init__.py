"""EMR for the DAGs: clusters and steps as pure builders, and the operator that runs a stage."""
