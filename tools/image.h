/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include "tools/backend.h"

/**
 * image_read() - size and sections of a kernel image
 * @path: an ELF file, or an Image of either architecture, whose sections are known only where the
 *	graticule.elf that it was made from is beside it
 */
struct image image_read(const char *path);

#endif
