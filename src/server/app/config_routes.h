// The dial plan as YAML: a list of routes, each with a pattern and what to do.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dialplan/dialplan.h"

namespace viaduct::app {

using ReportFault = std::function<void(const YAML::Mark&, std::string)>;

// Routes without a fault, in order.
std::vector<dialplan::Route> parse_routes(const YAML::Node& list, const ReportFault& fault);
// Echo 9196, music 9195, users 1000-1099.
std::vector<dialplan::Route> built_in_routes();
std::string_view routes_reference();

}  // namespace viaduct::app
