"""The bundled estates: data packages, one folder each."""
