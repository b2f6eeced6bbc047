// The shared library has one entry, `amg_torch_table`, found by name at run time; see CTorchInterface.h.
#pragma once
