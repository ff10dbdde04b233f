#define DLWORK_LANES 16
#include "model/plan/kernel_table.h"

namespace dlwork::model::plan {

extern const Kernels kAvx512Kernels;
const Kernels kAvx512Kernels = table_of("avx512");

}  // namespace dlwork::model::plan
