#include "phase/audit/target_skill.h"

#include <map>

#include "phase/audit/stats/skill.h"

namespace dlwork::phase::audit {
namespace {

std::vector<std::int32_t> classes_at(const data::Target& target, const Rows& rows) {
  std::vector<std::int32_t> classes;
  for (const auto row : rows) classes.push_back(target.codes[row]);
  return classes;
}

std::vector<double> values_at(const std::vector<double>& values, const Rows& rows) {
  std::vector<double> some;
  for (const auto row : rows) some.push_back(values[row]);
  return some;
}

}  // namespace

Rows shuffled_sample(const Audit& audit) {
  Rows rows = audit.facts.sampled().rows;
  Rng(audit.seed(), "audit skill").shuffle(rows);
  return rows;
}

double skill_of_groups(const Audit& audit, const std::vector<std::int32_t>& groups,
                       const Rows& rows) {
  const data::Target& target = audit.target();
  if (!target.given()) return 0;
  return target.is_class ? class_skill(groups, classes_at(target, rows), target.classes.size())
                         : number_skill(groups, values_at(target.values, rows));
}

double skill_of_numbers(const Audit& audit, const std::vector<double>& values, const Rows& rows) {
  const data::Target& target = audit.target();
  if (!target.given()) return 0;
  return target.is_class
             ? class_skill_of_numbers(values, classes_at(target, rows), target.classes.size())
             : number_skill_of_numbers(values, values_at(target.values, rows));
}

double skill_of_column(const Audit& audit, const data::Column& column, const Rows& rows) {
  if (column.type == data::ColumnType::kNumber) {
    return skill_of_numbers(audit, values_at(column.numbers, rows), rows);
  }
  std::vector<std::int32_t> groups;
  for (const auto row : rows) groups.push_back(column.codes[row] + 1);  // missing is 0
  return skill_of_groups(audit, groups, rows);
}

std::vector<std::int32_t> codes_of_texts(const std::vector<std::string>& texts) {
  std::map<std::string, std::int32_t> known;
  std::vector<std::int32_t> codes;
  for (const std::string& text : texts) {
    codes.push_back(known.emplace(text, static_cast<std::int32_t>(known.size())).first->second);
  }
  return codes;
}

}  // namespace dlwork::phase::audit
