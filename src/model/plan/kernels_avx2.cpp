#define DLWORK_LANES 8
#include "model/plan/kernel_table.h"

namespace dlwork::model::plan {

extern const Kernels kAvx2Kernels;
const Kernels kAvx2Kernels = table_of("avx2");

}  // namespace dlwork::model::plan
