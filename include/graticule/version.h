/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The version, MAJOR.MINOR.PATCH, and what it promises.
 *
 * While MAJOR is 0, what the installed headers declare may change when MINOR grows, and not when PATCH does:
 * what compiled and linked goes on to, and does the same. CHANGELOG.md says what has changed. A function that
 * is to go is marked deprecated, with the name of what takes its place, for one MINOR at least. The tool's
 * commands, options and JSON follow the same rule.
 */
#ifndef GRT_VERSION_H
#define GRT_VERSION_H

/* ISO C forbids a translation unit without any declaration, which this header alone would be. */
#include <graticule/types.h>

#define GRT_VERSION "0.1.0"
#define GRT_VERSION_MAJOR 0
#define GRT_VERSION_MINOR 1
#define GRT_VERSION_PATCH 0

#endif
