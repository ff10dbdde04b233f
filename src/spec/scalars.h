#pragma once

#include <string>

#include "spec/fields.h"

namespace dlwork::spec {

/// What is wrong with a value, in words that follow its key; empty when nothing is.
struct Fault {
  std::string message;
  std::string hint;
  bool any() const { return !message.empty(); }
};

/// "a list", "a map", "'lots'", for messages.
std::string found(const Node& node);

/// Each reads one value and leaves `value` as it was on a fault.
Fault read_scalar(const Field& field, const Node& node, bool& value);
Fault read_scalar(const Field& field, const Node& node, std::int64_t& value);
Fault read_scalar(const Field& field, const Node& node, double& value);
Fault read_scalar(const Field& field, const Node& node, std::string& value);
Fault read_scalar(const Field& field, const Node& node, Duration& value);
Fault read_scalar(const Field& field, const Node& node, Size& value);

/// True for an unquoted text that is meant as a share or a count: "0.1", "10%", "5000".
bool looks_like_amount(const Node& node);
Fault read_amount(const Node& node, Amount& value);

/// `text` with `${env:NAME}` and `${env:NAME:-default}` replaced.
Fault replace_environment(std::string& text);

}  // namespace dlwork::spec
