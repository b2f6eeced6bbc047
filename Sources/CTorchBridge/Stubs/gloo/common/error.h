// The wheels of PyTorch bring ProcessGroupGloo.hpp, but not the headers of gloo that it includes. These declare what that header mentions;
// the bridge uses none of it.
#pragma once
