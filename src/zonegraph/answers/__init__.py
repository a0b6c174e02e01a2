"""What people ask of the graph: saved queries and SPARQL text (`queries`), who says so (`citations`), names (`search`)."""
