#pragma once
#include <array>

#include "engine/realtime/dsp/split.hpp"

namespace busbar {

/// `frames` pairs become as many in each band; tunings stand. The bands lie apart from each other and from the input.
void run_split_tree(const SplitTree::Tunings& tunings, SplitTree& tree, const Pair* in, int frames,
                    const std::array<Pair*, SplitTree::kBands>& bands) noexcept;

}  // namespace busbar
