#include "phase/audit/patches.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "dlwork/base/files.h"
#include "dlwork/base/text.h"
#include "dlwork/data/copies.h"

namespace dlwork::phase::audit {
namespace {

namespace fs = std::filesystem;
using data::CopyForm;
using data::CopyPlan;

/// The changes of each file, in the files' order.
std::map<std::int32_t, std::vector<CellChange>> by_file(const data::Samples& samples,
                                                        std::vector<Patch> patches) {
  std::stable_sort(patches.begin(), patches.end(),
                   [](const Patch& a, const Patch& b) { return a.row < b.row; });
  std::set<std::pair<std::int64_t, std::string>> seen;
  std::map<std::int32_t, std::vector<CellChange>> changes;
  for (Patch& patch : patches) {
    // The first finding about a cell, or about leaving a row out, decides.
    if (!seen.insert({patch.row, patch.column}).second) continue;
    changes[samples.file_index[patch.row]].push_back(
        {samples.record[patch.row], patch.column, std::move(patch.text), std::move(patch.why)});
  }
  return changes;
}

bool is_table(CopyForm form) {
  return form == CopyForm::kCells || form == CopyForm::kObjects || form == CopyForm::kTable;
}

/// Where a file of that name goes: below the folder, wherever the name leads.
fs::path place_in(const fs::path& folder, const std::string& name) {
  fs::path place = folder;
  for (const fs::path& step : fs::path(name).relative_path().lexically_normal()) {
    if (step != "..") place /= step;
  }
  return place;
}

void copy_whole(const fs::path& source, const fs::path& target) {
  make_folder(target.parent_path());
  AtomicFile file(target);
  file.write(read_file(source));
  file.commit(Durable::kProcess);
}

/// A table that is no text, as CSV.
std::string mended_table(const spec::Project& project, const CopyPlan& plan,
                         std::vector<CellChange>& changes) {
  std::map<std::int64_t, std::vector<CellChange*>> of_record;
  for (CellChange& change : changes) of_record[change.line].push_back(&change);
  const auto line_of = [](std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = csv_cell(cell);
    return join(cells, ",") + "\n";
  };
  std::string text = line_of(plan.columns);
  data::read_cells(project, plan, [&](std::int64_t record, std::vector<std::string>& cells) {
    const auto found = of_record.find(record);
    if (found != of_record.end()) {
      const auto here = std::move(found->second);
      of_record.erase(found);
      if (leaves_out(here)) return;
      change_cells(cells, plan.columns, here);
    }
    text += line_of(cells);
  });
  if (!of_record.empty()) fail_as_changed(plan.path, of_record.begin()->first);
  return text;
}

/// Writes the copies of all files.
class Copies {
 public:
  Copies(Context& context, const fs::path& folder, Mended& mended)
      : context_(context),
        samples_(context.dataset().samples),
        plans_(data::copy_plans(context.project, samples_)),
        folder_(folder),
        mended_(mended) {}

  void write(std::size_t f, std::vector<CellChange>& changes) {
    if (context_.run.stop.requested()) throw Error(ExitStatus::kInterrupted, "audit: stopped");
    const CopyPlan& plan = plans_[f];
    const std::string& name = samples_.files[f];
    if (!is_table(plan.form)) {  // a sample can only be left out
      std::erase_if(changes, [](const CellChange& change) { return !change.column.empty(); });
    }
    if (plan.form == CopyForm::kNone) {
      mended_.not_copied.push_back(name);
      return;
    }
    const fs::path target = place_in(folder_, plan.name);
    expect_elsewhere(plan.file, target);
    if (plan.form == CopyForm::kFile) {
      if (!changes.empty()) return;
      copy_whole(plan.file, target);
      ++mended_.sample_files;
      return;
    }
    make_folder(target.parent_path());
    write_file(target, text_of_copy(plan, f, changes));
    note_copy(name, target);
    if (plan.form == CopyForm::kIdx) {
      auto& out = labels_out_[plan.labels];
      const auto records = left_out(f, changes);
      out.insert(out.end(), records.begin(), records.end());
    } else {
      copy_named_files(f, changes);
    }
  }

  /// The labels of IDX pictures stand in files of their own.
  void write_labels() {
    for (const auto& [name, out] : labels_out_) {
      const std::string source = data_path(context_.project, name);
      const fs::path target = place_in(folder_, data::unpacked_name(name));
      expect_elsewhere(source, target);
      make_folder(target.parent_path());
      write_file(target, data::idx_without(source, out));
      note_copy(name, target);
    }
  }

 private:
  void note_copy(const std::string& name, const fs::path& target) {
    mended_.files.push_back(target.string());
    const std::string placed = target.lexically_relative(folder_).string();
    if (placed != name) mended_.renamed[name] = placed;
  }

  static void expect_elsewhere(const fs::path& source, const fs::path& target) {
    if (fs::weakly_canonical(source).parent_path() != fs::weakly_canonical(target).parent_path()) {
      return;
    }
    throw Error(ExitStatus::kUsage, "--fix-to names the folder of the data themselves",
                "name another folder; the sources are never changed");
  }

  std::string text_of_copy(const CopyPlan& plan, std::size_t f, std::vector<CellChange>& changes) {
    const std::string& name = samples_.files[f];
    if (plan.form == CopyForm::kTable) return mended_table(context_.project, plan, changes);
    if (plan.form == CopyForm::kIdx) return data::idx_without(plan.path, left_out(f, changes));
    if (plan.form == CopyForm::kCells) return apply_changes(plan, name, changes);
    const std::string text = data::read_text(plan.path);
    if (plan.form == CopyForm::kObjects) return apply_object_changes(text, name, changes);
    return leave_lines_out(text, name, changes);
  }

  /// By record of a file without lines.
  std::vector<bool> left_out(std::size_t f, const std::vector<CellChange>& changes) const {
    const auto count = std::count(samples_.file_index.begin(), samples_.file_index.end(),
                                  static_cast<std::int32_t>(f));
    std::vector<bool> out(static_cast<std::size_t>(count), false);
    for (const CellChange& change : changes) out[static_cast<std::size_t>(change.line - 1)] = true;
    return out;
  }

  /// Pictures, recordings and series that the rows of a table name, but for those left out. A path
  /// from the root leads there from the copy too.
  void copy_named_files(std::size_t f, const std::vector<CellChange>& changes) {
    std::set<std::int64_t> out;
    for (const CellChange& change : changes) {
      if (change.column.empty()) out.insert(change.line);
    }
    for (const std::string& name : samples_.media_columns) {
      const data::Column* column = samples_.carried.find(name);
      if (column == nullptr) continue;
      std::set<std::int32_t> done;
      for (std::int64_t row = 0; row < samples_.count; ++row) {
        if (samples_.file_index[row] != static_cast<std::int32_t>(f)) continue;
        const auto code = column->codes[row];
        if (code < 0 || out.contains(samples_.record[row]) || !done.insert(code).second) continue;
        copy_named(f, column->categories[code]);
      }
    }
  }

  /// Beside data.root, or else beside the table.
  void copy_named(std::size_t f, const std::string& cell) {
    if (fs::path(cell).is_absolute()) return;
    const fs::path in_root = data_path(context_.project, cell);
    std::error_code ignored;  // what is in neither place is told by reading it
    const bool beside_root = fs::exists(in_root, ignored);
    const fs::path source = beside_root ? in_root : fs::path(plans_[f].file).parent_path() / cell;
    const fs::path beside_table = fs::path(plans_[f].name).parent_path() / cell;
    const fs::path target = place_in(folder_, beside_root ? cell : beside_table.string());
    expect_elsewhere(source, target);
    copy_whole(source, target);
    ++mended_.sample_files;
  }

  Context& context_;
  const data::Samples& samples_;
  std::vector<CopyPlan> plans_;
  fs::path folder_;
  Mended& mended_;
  std::map<std::string, std::vector<bool>> labels_out_;  ///< by name of the file of labels
};

std::string list_line(const std::string& name, const CellChange& change) {
  const bool out = change.column.empty();
  return join({csv_cell(name), std::to_string(change.line), csv_cell(change.column),
               csv_cell(change.before), out ? "(left out)" : csv_cell(change.text), change.why},
              ",") +
         "\n";
}

}  // namespace

Mended write_mended(Context& context, std::vector<Patch> patches, const fs::path& folder) {
  const data::Samples& samples = context.dataset().samples;
  if (samples.files.empty()) patches.clear();  // made, not read
  auto changes = by_file(samples, std::move(patches));
  make_folder(folder);
  Mended mended;
  Copies copies(context, folder, mended);
  std::string list = "file,line,column,before,after,why\n";
  for (std::size_t f = 0; f < samples.files.size(); ++f) {
    auto& here = changes[static_cast<std::int32_t>(f)];
    copies.write(f, here);
    for (const CellChange& change : here) {
      (change.column.empty() ? mended.rows : mended.cells) += 1;
      list += list_line(samples.files[f], change);
    }
  }
  copies.write_labels();
  write_file(folder / "patches.csv", list);
  return mended;
}

}  // namespace dlwork::phase::audit
