// The program: reads the configuration, makes what is missing, runs the node until it is told to
// stop.
#pragma once

namespace viaduct::app {

// What main() calls; the exit status: 0, or 1 after a fault that was explained on standard error.
int run(int argc, char** argv);

}  // namespace viaduct::app
