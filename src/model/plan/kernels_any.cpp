#define DLWORK_LANES 4
#include "model/plan/kernel_table.h"

namespace dlwork::model::plan {

extern const Kernels kAnyKernels;
const Kernels kAnyKernels = table_of("plain");

}  // namespace dlwork::model::plan
