// The table of kernels_*.cpp; see vector_math.h.
#pragma once

#include "model/plan/elementwise_kernels.h"
#include "model/plan/norm_kernels.h"
#include "model/plan/optimizer_kernels.h"
#include "model/plan/pool_kernels.h"
#include "model/plan/product_kernel.h"
#include "model/plan/recurrent_kernels.h"

namespace dlwork::model::plan {
namespace {

constexpr Kernels table_of(const char* name) {
  return {name,
          kPanel,
          product,
          pack,
          pack_transposed,
          column_sums,
          activate,
          activate_backward,
          cross_entropy,
          multiply,
          add,
          dropout_mask,
          batch_statistics,
          batch_apply,
          batch_backward,
          layer_norm,
          layer_norm_backward,
          max_pool,
          max_pool_backward,
          scale_bytes,
          gru_step,
          gru_step_backward,
          lstm_step,
          lstm_step_backward,
          adam,
          sgd,
          rmsprop};
}

}  // namespace
}  // namespace dlwork::model::plan
