/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The tool's commands. Each gets its own name as argv[0] and returns the exit status. */
#ifndef TOOLS_COMMANDS_H
#define TOOLS_COMMANDS_H

int cmd_plan(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_simulate(int argc, char **argv);
int cmd_dump(int argc, char **argv);

#endif
