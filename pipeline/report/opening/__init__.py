"""How the page opens: sentences, one picture, and one scan edited by a model that ships."""
