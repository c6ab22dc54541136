;; Passes over what changes nothing in a terminal, 64 bytes at a step: text, and the sequences that move
;; the cursor, erase or colour. See scan.ts, which lays out the memory and says what is found here.
(module
  (memory (export "memory") 2)

  ;; Where the tables of scan.ts begin; what a control sequence's last byte means stands at 0.
  (global $ESCAPES i32 (i32.const 0x100))
  (global $MODES i32 (i32.const 0x200))
  (global $MODES_SIZE i32 (i32.const 0x1000))
  ;; Where the findings go: their number, and they themselves. Up to here there is room for all that one
  ;; more sequence may bring: itself, nine notes and what was put off, before and at the end.
  (global $COUNT i32 (i32.const 0x1200))
  (global $FOUND i32 (i32.const 0x1204))
  (global $FULL i32 (i32.const 0x7fc0))

  ;; Where the next finding goes.
  (global $next (mut i32) (i32.const 0))
  ;; What is put off, as only the last one counts: some byte of an SGR, and where the designation of a
  ;; character set and a scroll region begin. 0 is none.
  (global $graphics (mut i32) (i32.const 0))
  (global $charset (mut i32) (i32.const 0))
  (global $region (mut i32) (i32.const 0))
  ;; Whether $dense has stopped.
  (global $stopped (mut i32) (i32.const 0))

  (func $find (param $finding i32)
    (i32.store (global.get $next) (local.get $finding))
    (global.set $next (i32.add (global.get $next) (i32.const 4))))

  ;; Where the sequence begins that a byte stands in.
  (func $begin (param $at i32) (result i32)
    (loop $back
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x1b))
        (then
          (local.set $at (i32.sub (local.get $at) (i32.const 1)))
          (br $back))))
    (local.get $at))

  ;; Finds what was put off.
  (func $settle
    (if (global.get $graphics) (then (call $find (call $begin (global.get $graphics)))))
    (if (global.get $charset) (then (call $find (global.get $charset))))
    (if (global.get $region) (then (call $find (global.get $region))))
    (global.set $graphics (i32.const 0))
    (global.set $charset (i32.const 0))
    (global.set $region (i32.const 0)))

  ;; Whether a control sequence is whole and short. All that stands before its last byte, sixteen of them at
  ;; most, is the least of all signed bytes once 0x60 is added.
  (func $whole (param $at i32) (result i32)
    (i32.le_u
      (i32.sub
        (i32.load8_u offset=2
          (i32.add
            (local.get $at)
            (i32.ctz
              (i32.or
                (i32.const 0x10000)
                (i8x16.bitmask
                  (i8x16.gt_s
                    (i8x16.add (v128.load offset=2 (local.get $at)) (i8x16.splat (i32.const 0x60)))
                    (i8x16.splat (i32.const 0x9f))))))))
        (i32.const 0x40))
      (i32.const 0x3e)))

  ;; Makes notes of `ESC [ ? …`. Returns whether that is all there is to it: if not, the sequence is to be
  ;; read, and it does no harm that some of its modes were noted before.
  (func $modes (param $at i32) (result i32)
    (local $number i32) (local $digit i32) (local $final i32) (local $kind i32)
    (if (i32.ne (i32.load8_u offset=2 (local.get $at)) (i32.const 0x3f))
      (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (i32.const 3)))
    (local.set $final
      (i32.add
        (local.get $at)
        (i32.ctz
          (i32.or
            (i32.const 0x10000)
            (i8x16.bitmask (call $ends (v128.load (local.get $at))))))))
    ;; `h` and `l` differ in one bit.
    (if
      (i32.or
        (i32.ne (i32.or (i32.load8_u (local.get $final)) (i32.const 4)) (i32.const 0x6c))
        (i32.gt_u (global.get $next) (global.get $FULL)))
      (then (return (i32.const 0))))
    (loop $numbers
      (local.set $number (i32.const 0))
      (block $read
        (loop $digits
          (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $read (i32.ge_u (local.get $digit) (i32.const 10)))
          (local.set $number
            (i32.add (i32.mul (local.get $number) (i32.const 10)) (local.get $digit)))
          (br_if $digits (i32.lt_u (local.get $number) (global.get $MODES_SIZE)))
          (return (i32.const 0))))
      ;; A colon.
      (if (i32.eq (local.get $digit) (i32.const 10))
        (then (return (i32.const 0))))
      (local.set $kind
        (i32.load8_u (i32.add (global.get $MODES) (local.get $number))))
      (if (i32.eq (local.get $kind) (i32.const 1))
        (then (return (i32.const 0))))
      (if (local.get $kind)
        (then
          (call $find
            (i32.or
              (i32.shl (local.get $kind) (i32.const 1))
              (i32.eq (i32.load8_u (local.get $final)) (i32.const 0x68))))))
      (br_if $numbers (i32.le_u (local.get $at) (local.get $final))))
    (i32.const 1))

  ;; Looks at what is not text. In a control sequence $final is the first byte that is no parameter. Answers
  ;; whether to stop.
  (func $look (param $at i32) (param $final i32) (result i32)
    (local $head i32) (local $second i32) (local $kind i32)
    (local.set $head (i32.load16_u (local.get $at)))
    (local.set $second (i32.shr_u (local.get $head) (i32.const 8)))
    (block $found
      (if (i32.eq (local.get $head) (i32.const 0x5b1b)) ;; ESC [
        (then
          (if (call $modes (local.get $at))
            (then (return (i32.const 0))))
          (local.set $kind (i32.load8_u (i32.load8_u (local.get $final))))
          (if (i32.eqz (local.get $kind))
            (then (return (i32.const 0))))
          (if (i32.eqz (call $whole (local.get $at)))
            (then (return (i32.const 1))))
          (br_if $found (i32.ne (local.get $kind) (i32.const 3)))
          (global.set $region (local.get $at))
          (return (i32.const 0))))
      (if (i32.eq (local.get $head) (i32.const 0x281b)) ;; ESC (
        (then
          (if
            (i32.gt_u
              (i32.sub (i32.load8_u offset=2 (local.get $at)) (i32.const 0x30))
              (i32.const 0x4e))
            (then (return (i32.const 1))))
          (global.set $charset (local.get $at))
          (return (i32.const 0))))
      (local.set $head (i32.and (local.get $head) (i32.const 0xff)))
      ;; U+00A0 to U+00BF is text; below, and at the end of the bytes, it may be a control.
      (if (i32.ne (local.get $head) (i32.const 0x1b))
        (then
          (return
            (i32.or
              (i32.ne (local.get $head) (i32.const 0xc2))
              (i32.lt_u (local.get $second) (i32.const 0xa0))))))
      (local.set $kind (i32.load8_u (i32.add (global.get $ESCAPES) (local.get $second))))
      (br_if $found (i32.eq (local.get $kind) (i32.const 2)))
      (return (local.get $kind)))
    (if (i32.gt_u (global.get $next) (global.get $FULL))
      (then (return (i32.const 1))))
    (call $settle)
    (call $find (local.get $at))
    (i32.const 0))

  ;; Which of 16 bytes may begin what is not text: ESC, 0xc2, SO and SI. They differ in their low halves,
  ;; by which the table holds each of them; another byte finds none that is equal to it.
  (func $marks (param $bytes v128) (result v128)
    (i8x16.eq
      (local.get $bytes)
      (i8x16.swizzle
        (v128.const i8x16 0x01 0 0xc2 0 0 0 0 0 0 0 0 0x1b 0 0 0x0e 0x0f)
        (v128.and (local.get $bytes) (i8x16.splat (i32.const 0x0f))))))

  ;; Which of 16 bytes, at an address, are the ESC of `ESC [`.
  (func $starts (param $at i32) (result v128)
    (v128.and
      (call $equal (v128.load (local.get $at)) (i32.const 0x1b))
      (call $equal (v128.load offset=1 (local.get $at)) (i32.const 0x5b))))

  (func $equal (param $bytes v128) (param $byte i32) (result v128)
    (i8x16.eq (local.get $bytes) (i8x16.splat (local.get $byte))))

  ;; Which of 16 bytes are no digit, semicolon or colon: those are the least of all signed bytes once 0x50
  ;; is added.
  (func $ends (param $bytes v128) (result v128)
    (i8x16.gt_s
      (i8x16.add (local.get $bytes) (i8x16.splat (i32.const 0x50)))
      (i8x16.splat (i32.const 0x8b))))

  ;; Which of 16 bytes are from `@` to `b`: at the end of a control sequence they change nothing.
  (func $moves (param $bytes v128) (result v128)
    (i8x16.lt_s
      (i8x16.add (local.get $bytes) (i8x16.splat (i32.const 0x40)))
      (i8x16.splat (i32.const 0xa3))))

  ;; A bit for each of 64 bytes.
  (func $bits (param $a v128) (param $b v128) (param $c v128) (param $d v128) (result i64)
    (i64.or
      (i64.or
        (i64.extend_i32_u (i8x16.bitmask (local.get $a)))
        (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $b))) (i64.const 16)))
      (i64.or
        (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $c))) (i64.const 32))
        (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (i64.const 48)))))

  (func $without (param $bits i64) (param $others i64) (result i64)
    (i64.and (local.get $bits) (i64.xor (local.get $others) (i64.const -1))))

  ;; Puts off the last of the SGR that end at these bits of a block.
  (func $colour (param $block i32) (param $bits i64)
    (global.set $graphics
      (select
        (i32.sub
          (i32.add (local.get $block) (i32.const 63))
          (i32.wrap_i64 (i64.clz (local.get $bits))))
        (global.get $graphics)
        (i64.ne (local.get $bits) (i64.const 0)))))

  ;; The scan where sequences are dense: it looks at none of those that are common, whose number and order no
  ;; processor can predict. Returns where it stops, or the block to go on with: one without marks.
  (func $dense (param $block i32) (param $end i32) (result i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $left i64) (local $starts i64) (local $ends i64) (local $begun i64) (local $sum i64)
    (local $graphics i64) (local $bit i64) (local $at i32) (local $final i32)
    (block $stop
      (loop $blocks
        (if
          (i32.and
            (i32.ge_u (local.get $block) (local.get $end))
            (i64.eqz (local.get $begun)))
          (then (return (local.get $block))))
        (local.set $a (v128.load (local.get $block)))
        (local.set $b (v128.load offset=16 (local.get $block)))
        (local.set $c (v128.load offset=32 (local.get $block)))
        (local.set $d (v128.load offset=48 (local.get $block)))
        (local.set $left
          (call $bits
            (call $marks (local.get $a))
            (call $marks (local.get $b))
            (call $marks (local.get $c))
            (call $marks (local.get $d))))
        (if (i64.eqz (i64.or (local.get $left) (local.get $begun)))
          (then (return (local.get $block))))
        (local.set $starts
          (call $bits
            (call $starts (local.get $block))
            (call $starts (i32.add (local.get $block) (i32.const 16)))
            (call $starts (i32.add (local.get $block) (i32.const 32)))
            (call $starts (i32.add (local.get $block) (i32.const 48)))))
        (local.set $ends
          (call $bits
            (call $ends (local.get $a))
            (call $ends (local.get $b))
            (call $ends (local.get $c))
            (call $ends (local.get $d))))
        ;; A bit behind each `ESC [`, added to the bits of all parameters, is carried to where they end. What
        ;; is carried out of the block goes on in the next one.
        (local.set $begun
          (i64.or (i64.shl (local.get $starts) (i64.const 2)) (local.get $begun)))
        (local.set $sum
          (i64.add (local.get $begun) (i64.xor (local.get $ends) (i64.const -1))))
        (local.set $begun
          (i64.or
            (i64.shr_u (local.get $starts) (i64.const 62))
            (i64.extend_i32_u (i64.lt_u (local.get $sum) (local.get $begun)))))
        (local.set $ends (i64.and (local.get $ends) (local.get $sum)))
        (local.set $graphics
          (i64.and
            (local.get $ends)
            (call $bits
              (call $equal (local.get $a) (i32.const 0x6d))
              (call $equal (local.get $b) (i32.const 0x6d))
              (call $equal (local.get $c) (i32.const 0x6d))
              (call $equal (local.get $d) (i32.const 0x6d)))))
        (local.set $ends
          (call $without
            (i64.xor (local.get $ends) (local.get $graphics))
            (call $bits
              (call $moves (local.get $a))
              (call $moves (local.get $b))
              (call $moves (local.get $c))
              (call $moves (local.get $d)))))
        (local.set $left
          (i64.or (call $without (local.get $left) (local.get $starts)) (local.get $ends)))
        (if (i64.ne (local.get $left) (i64.const 0))
          (then
            (loop $marked
              (local.set $bit (i64.and (local.get $left) (i64.sub (i64.const 0) (local.get $left))))
              (local.set $left (i64.xor (local.get $left) (local.get $bit)))
              (local.set $final
                (i32.add (local.get $block) (i32.wrap_i64 (i64.ctz (local.get $bit)))))
              (local.set $at (local.get $final))
              (if (i64.ne (i64.and (local.get $ends) (local.get $bit)) (i64.const 0))
                (then (local.set $at (call $begin (i32.sub (local.get $final) (i32.const 1))))))
              ;; Those before it.
              (local.set $bit (i64.sub (local.get $bit) (i64.const 1)))
              (call $colour (local.get $block) (i64.and (local.get $graphics) (local.get $bit)))
              (local.set $graphics (call $without (local.get $graphics) (local.get $bit)))
              (br_if $stop (call $look (local.get $at) (local.get $final)))
              (br_if $marked (i64.ne (local.get $left) (i64.const 0))))))
        (call $colour (local.get $block) (local.get $graphics))
        (local.set $block (i32.add (local.get $block) (i32.const 64)))
        (br $blocks)))
    (global.set $stopped (i32.const 1))
    (local.get $at))

  ;; The address of the first byte from $from on that somebody else must look at, or $end or beyond it.
  ;; The scan looks ahead of $end, and must see no byte of another stream there: they are made 0.
  (func (export "scan") (param $from i32) (param $end i32) (result i32)
    (local $block i32) (local $following i32) (local $at i32) (local $final i32) (local $kind i32)
    (local $graphics i32)
    (local $left i64) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (global.set $next (global.get $FOUND))
    (global.set $stopped (i32.const 0))
    (v128.store (local.get $end) (i8x16.splat (i32.const 0)))
    (v128.store offset=16 (local.get $end) (i8x16.splat (i32.const 0)))
    (v128.store offset=32 (local.get $end) (i8x16.splat (i32.const 0)))
    (v128.store offset=48 (local.get $end) (i8x16.splat (i32.const 0)))
    (local.set $following (local.get $from))
    (block $stop
      (loop $blocks
        (local.set $block (local.get $following))
        (local.set $at (local.get $block))
        (br_if $stop (i32.ge_u (local.get $block) (local.get $end)))
        (local.set $a (call $marks (v128.load (local.get $block))))
        (local.set $b (call $marks (v128.load offset=16 (local.get $block))))
        (local.set $c (call $marks (v128.load offset=32 (local.get $block))))
        (local.set $d (call $marks (v128.load offset=48 (local.get $block))))
        (local.set $following (i32.add (local.get $block) (i32.const 64)))
        (br_if $blocks
          (i32.eqz
            (v128.any_true
              (v128.or
                (v128.or (local.get $a) (local.get $b))
                (v128.or (local.get $c) (local.get $d))))))
        ;; This is $bits, and $ends below: here a call takes longer.
        (local.set $left
          (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (local.get $a)))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $b))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $c))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (i64.const 48)))))
        ;; From four sequences on $dense takes less time (measured).
        (if (i64.gt_u (i64.popcnt (local.get $left)) (i64.const 3))
          (then
            (global.set $graphics (local.get $graphics))
            (local.set $following (call $dense (local.get $block) (local.get $end)))
            (local.set $graphics (global.get $graphics))
            (br_if $blocks (i32.eqz (global.get $stopped)))
            (local.set $at (local.get $following))
            (br $stop)))
        (loop $marked
          (local.set $at
            (i32.add (local.get $block) (i32.wrap_i64 (i64.ctz (local.get $left)))))
          (local.set $left
            (i64.and (local.get $left) (i64.sub (local.get $left) (i64.const 1))))
          (block $passed
            (if (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x5b1b)) ;; ESC [
              (then
                ;; Behind sixteen parameters the last byte is not looked for: what is found instead is no
                ;; last byte that is known, and stops the scan.
                (local.set $final
                  (i32.add
                    (i32.add (local.get $at) (i32.const 2))
                    (i32.ctz
                      (i32.or
                        (i32.const 0x10000)
                        (i8x16.bitmask
                          (i8x16.gt_s
                            (i8x16.add
                              (v128.load offset=2 (local.get $at))
                              (i8x16.splat (i32.const 0x50)))
                            (i8x16.splat (i32.const 0x8b))))))))
                (local.set $kind (i32.load8_u (i32.load8_u (local.get $final))))
                (local.set $graphics
                  (select
                    (local.get $final)
                    (local.get $graphics)
                    (i32.eq (local.get $kind) (i32.const 2))))
                (br_if $passed (i32.eqz (i32.and (local.get $kind) (i32.const 1))))))
            (global.set $graphics (local.get $graphics))
            (br_if $stop (call $look (local.get $at) (local.get $final)))
            (local.set $graphics (global.get $graphics)))
          (br_if $marked (i64.ne (local.get $left) (i64.const 0))))
        (br $blocks)))
    (global.set $graphics (local.get $graphics))
    (call $settle)
    (i32.store
      (global.get $COUNT)
      (i32.shr_u (i32.sub (global.get $next) (global.get $FOUND)) (i32.const 2)))
    (local.get $at)))
