"""RDF and SPARQL as text: Turtle with lines, SPARQL as tokens, headers, the formats of RDF."""
