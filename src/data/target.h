#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/sources.h"

namespace dlwork::data {

/// Whether the target of a task is a text to be written.
bool writes_texts(const std::string& task);
/// Whether samples have one class each to be learned by this task.
bool has_classes(const std::string& task);

/// The target of a task from its column. Throws Error(kInput): a label outside
/// data.expect.classes or an infinite number (first row), one class only, nothing labelled;
/// Error(kUsage): numbers that are no classes.
Target make_target(const spec::Project& project, const std::string& task, const Raw& raw);

/// The same of labels that stay as they are, whatever classes they name or leave out. At least one
/// is there.
Target code_target(const spec::Project& project, const std::string& task, const Raw& raw);
std::int64_t count_labelled(const Column& target);

/// Names in order: numeric when all are numbers, else by text.
void sort_class_names(std::vector<std::string>& names);

/// How classes of numbers are written: "1", "0.5".
std::vector<std::string> number_names(const std::vector<double>& sorted);

}  // namespace dlwork::data
