/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TOOLS_IMAGE_H
#define TOOLS_IMAGE_H

#include "tools/backend.h"

/**
 * image_read() - size and sections of a kernel image
 * @path: an ELF file, or an Image of either architecture; of another kernel's Image only the size is known
 */
struct image image_read(const char *path);

#endif
