"""Purposes as the GA4GH Data Use Ontology names them: what a study wants data for (its classes of investigation).

The ontology is licensed CC BY 4.0; see http://purl.obolibrary.org/obo/duo.owl.
"""

PURPOSES: tuple[str, ...] = (
    "DUO:0000037 biomedical research",
    "DUO:0000040 disease category research",
    "DUO:0000038 genetic research",
    "DUO:0000039 drug development research",
    "DUO:0000031 method development",
    "DUO:0000032 population research",
    "DUO:0000033 ancestry research",
    "DUO:0000034 age category research",
    "DUO:0000035 gender category research",
    "DUO:0000036 research control",
)
"""Code and label of each."""
