"""Do the people who take part look like the people who live here?

The public surface, and nothing else: each name is loaded when it is first used, so that
``import participation_stats`` is instant. ``__init__.pyi`` lists the names and their homes.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__version__ = "0.1.0"
