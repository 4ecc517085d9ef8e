#include "server/app/run.h"

int main(int argc, char** argv) { return viaduct::app::run(argc, argv); }
