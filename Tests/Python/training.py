"""The digits and the short training of Tests/InterchangeTests/support.py, under a name that does not clash with this folder's."""

import importlib.util
import os
import pathlib

_root = pathlib.Path(__file__).resolve().parent.parent.parent
os.environ.setdefault("AMALGAM_ROOT", str(_root))
_spec = importlib.util.spec_from_file_location("interchange_support", _root / "Tests" / "InterchangeTests" / "support.py")
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
digits, train, accuracy, MLP = _module.digits, _module.train, _module.accuracy, _module.MLP
