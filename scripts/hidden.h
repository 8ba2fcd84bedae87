/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Included first in every C file of an image. -fvisibility=hidden speaks of definitions only; without
 * this, whatever a file declares as extern would be reached through a global offset table.
 */
#pragma GCC visibility push(hidden)
