#pragma once

#include <cstdlib>
#include <string>

#include "phase_files.h"

namespace dlwork::testing {

/// One of scikit-learn's data sets, target last as y, in an order drawn with a seed.
inline std::string scikit_learn_table(const PhaseOverFiles& phase, const std::string& name) {
  const char* python = std::getenv("DLWORK_PEERS_PYTHON");
  const auto out = phase.write("made.csv", "");
  const auto script = phase.write("make.py", R"(
import sys, numpy
from sklearn import datasets
name, out = sys.argv[1:]
data = getattr(datasets, 'load_' + name)()
order = numpy.random.default_rng(7).permutation(len(data.target))
names = [str(n).replace(',', ' ') for n in data.feature_names]
with open(out, 'w') as file:
    file.write(','.join(names + ['y']) + '\n')
    for i in order:
        label = data.target_names[data.target[i]] if name != 'diabetes' else data.target[i]
        file.write(','.join([repr(float(v)) for v in data.data[i]] + [str(label)]) + '\n')
)");
  const std::string command =
      std::string(python) + " " + script.string() + " " + name + " " + out.string();
  if (std::system(command.c_str()) != 0) ADD_FAILURE() << command;
  return phase.read("made.csv");
}

}  // namespace dlwork::testing

#define NEED_PEERS()                                                         \
  if (std::getenv("DLWORK_PEERS_PYTHON") == nullptr) {                       \
    GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python with scikit-learn"; \
  }
