#include "CDigests.h"
