/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Windows: what is to be counted lies between two instructions that do nothing, which are in the
 * ordinary images, so that any plugin of any emulator can count it. Assembly reads this too.
 */
#ifndef KERNEL_WINDOW_H
#define KERNEL_WINDOW_H

#define WINDOW_LINEAR_MAP 0 /* from the list of memory to the finished linear map */
#define WINDOW_BOOT 1	    /* from the first instruction until the MMU is on */
#define WINDOW_SPLIT 2
#define WINDOW_COLLAPSE 3
#define WINDOW_SET_MEMORY 4
#define WINDOW_DIRECT_MAP 5
#define WINDOW_VMALLOC 6
#define WINDOW_HOTPLUG 7
#define WINDOW_CONVERT 8
#define WINDOW_TRANSLATE 9
#define WINDOW_PLAN 10
#define WINDOW_CONSOLE 11 /* the mapping of its registers, just after that of the image */
#define WINDOW_LEAF 12	  /* one operation of the engine on one leaf */
#define WINDOW_COPY 13	  /* from one tree to another */
#define WINDOW_REPORT 14  /* unmapping what is reported */
#define WINDOW_AGE 15	  /* accessed and dirty state of many leaves */
#define WINDOW_NR 16

/*
 * HINT #(0x60 + n) and HINT #(0x70 + n): hints that have no meaning execute as NOP (Arm ARM C6.2, HINT).
 * Theirs are CRm 12 to 15, of which none has been given out.
 */
#define WINDOW_ARM64_OPEN 0x60
#define WINDOW_ARM64_CLOSE 0x70

/*
 * SLTI x0, x0, 0x100 + n and 0x200 + n: with x0 as destination SLTI is a HINT, left to custom use
 * (unprivileged specification, "HINT Instructions").
 */
#define WINDOW_RISCV_OPEN 0x100
#define WINDOW_RISCV_CLOSE 0x200

#endif
