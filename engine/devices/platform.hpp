#pragma once

namespace busbar {

/// Sets up what the process needs of its system: as many open files as it is allowed, and a limit on file size that is
/// an error of writing instead of the end.
void prepare_process();

}  // namespace busbar
