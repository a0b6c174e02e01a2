"""How texts are read: SPARQL as tokens, in every way in which an engine may read it. Stands on nothing but the names."""
