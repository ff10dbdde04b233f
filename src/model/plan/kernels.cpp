#include "model/plan/kernels.h"

namespace dlwork::model::plan {

extern const Kernels kAnyKernels;
#ifdef DLWORK_X86_KERNELS
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

namespace {

struct Known {
  const Kernels* tables[3];
  int count = 0;
};

Known find_known() {
  Known known;
  known.tables[known.count++] = &kAnyKernels;
#ifdef DLWORK_X86_KERNELS
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    known.tables[known.count++] = &kAvx2Kernels;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
      known.tables[known.count++] = &kAvx512Kernels;
    }
  }
#endif
  return known;
}

const Known& known() {
  static const Known found = find_known();
  return found;
}

}  // namespace

const Kernels& kernels() {
  static const Kernels& best = *known().tables[known().count - 1];
  return best;
}

const Kernels* const* all_kernels(int& count) {
  count = known().count;
  return known().tables;
}

}  // namespace dlwork::model::plan
