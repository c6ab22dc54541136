;; Passes over what changes nothing in a terminal, 64 bytes at a step: text, and the sequences that move
;; the cursor, erase or colour. See scan.ts, which lays out the memory and says what stops here.
(module
  (memory (export "memory") 2)

  ;; Where the tables of scan.ts begin; what a control sequence's last byte means stands at 0.
  (global $ESCAPES i32 (i32.const 0x100))
  (global $MODES i32 (i32.const 0x200))
  (global $MODES_SIZE i32 (i32.const 0x1000))
  ;; Where the findings go: the last SGR, character set and scroll region, and the end of the notes.
  (global $FOUND i32 (i32.const 0x1200))
  (global $NOTES i32 (i32.const 0x1210))

  ;; Whether the scan must stop at `ESC [ ? …`. Of a mode that is to be noted it makes a note.
  (func $mode (param $at i32) (result i32)
    (local $number i32) (local $digit i32) (local $end i32) (local $kind i32)
    (local.set $at (i32.add (local.get $at) (i32.const 3)))
    (local.set $end (i32.add (local.get $at) (i32.const 4)))
    (block $read
      (loop $digits
        (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)))
        (br_if $read (i32.ge_u (local.get $digit) (i32.const 10)))
        (local.set $number
          (i32.add (i32.mul (local.get $number) (i32.const 10)) (local.get $digit)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $digits (i32.lt_u (local.get $at) (local.get $end)))))
    ;; `h` and `l` differ in one bit.
    (if (i32.ne (i32.or (i32.load8_u (local.get $at)) (i32.const 4)) (i32.const 0x6c))
      (then (return (i32.const 1))))
    (if (i32.ge_u (local.get $number) (global.get $MODES_SIZE))
      (then (return (i32.const 1))))
    (local.set $kind
      (i32.load8_u (i32.add (global.get $MODES) (local.get $number))))
    (if (i32.gt_u (local.get $kind) (i32.const 1))
      (then
        (local.set $end (i32.load offset=12 (global.get $FOUND)))
        (i32.store16
          (local.get $end)
          (i32.or
            (i32.shl (local.get $kind) (i32.const 1))
            (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x68))))
        (i32.store offset=12 (global.get $FOUND) (i32.add (local.get $end) (i32.const 2)))))
    (i32.eq (local.get $kind) (i32.const 1)))

  ;; Which of 16 bytes may begin what is not text: ESC, 0xc2, SO and SI. They differ in their low halves,
  ;; by which the table holds each of them; another byte finds none that is equal to it.
  (func $marks (param $bytes v128) (result v128)
    (i8x16.eq
      (local.get $bytes)
      (i8x16.swizzle
        (v128.const i8x16 0x01 0 0xc2 0 0 0 0 0 0 0 0 0x1b 0 0 0x0e 0x0f)
        (v128.and (local.get $bytes) (i8x16.splat (i32.const 0x0f))))))

  ;; The address of the first byte from $from on that somebody else must look at, or $end or beyond it.
  ;; The scan looks ahead of $end, and must see no byte of another stream there: they are made 0.
  (func (export "scan") (param $from i32) (param $end i32) (result i32)
    (local $block i32) (local $following i32) (local $at i32) (local $head i32) (local $next i32)
    (local $kind i32) (local $graphics i32) (local $charset i32) (local $region i32) (local $left i64)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $graphics (i32.const -1))
    (local.set $charset (i32.const -1))
    (local.set $region (i32.const -1))
    (i32.store offset=12 (global.get $FOUND) (global.get $NOTES))
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
        (local.set $left
          (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (local.get $a)))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $b))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $c))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (i64.const 48)))))
        (loop $marked
          (local.set $at
            (i32.add (local.get $block) (i32.wrap_i64 (i64.ctz (local.get $left)))))
          (local.set $left
            (i64.and (local.get $left) (i64.sub (local.get $left) (i64.const 1))))
          (local.set $head (i32.load16_u (local.get $at)))
          (if (i32.eq (local.get $head) (i32.const 0x5b1b)) ;; ESC [
            (then
              (local.set $kind
                (i32.load8_u
                  ;; The last byte stands behind digits, semicolons and colons: sixteen of them at most, or
                  ;; it is one of them, and stops the scan. They are the least of all signed bytes once
                  ;; 0x50 is added.
                  (i32.load8_u offset=2
                    (i32.add
                      (local.get $at)
                      (i32.ctz
                        (i32.or
                          (i32.const 0x10000)
                          (i8x16.bitmask
                            (i8x16.gt_s
                              (i8x16.add
                                (v128.load offset=2 (local.get $at))
                                (i8x16.splat (i32.const 0x50)))
                              (i8x16.splat (i32.const 0x8b))))))))))
              (local.set $graphics
                (select
                  (local.get $at)
                  (local.get $graphics)
                  (i32.eq (local.get $kind) (i32.const 2))))
              (if (i32.and (local.get $kind) (i32.const 1))
                (then
                  (if (i32.eq (local.get $kind) (i32.const 3))
                    (then (local.set $region (local.get $at)))
                    (else
                      (br_if $stop
                        (i32.ne (i32.load8_u offset=2 (local.get $at)) (i32.const 0x3f)))
                      (br_if $stop (call $mode (local.get $at))))))))
            (else
              (if (i32.eq (local.get $head) (i32.const 0x281b)) ;; ESC (
                (then
                  (br_if $stop
                    (i32.gt_u
                      (i32.sub (i32.load8_u offset=2 (local.get $at)) (i32.const 0x30))
                      (i32.const 0x4e)))
                  (local.set $charset (local.get $at)))
                (else
                  (local.set $next (i32.shr_u (local.get $head) (i32.const 8)))
                  (if (i32.eq (i32.and (local.get $head) (i32.const 0xff)) (i32.const 0xc2))
                    (then
                      ;; U+00A0 to U+00BF is text; below, and at the end of the bytes, it may be a control.
                      (br_if $stop (i32.lt_u (local.get $next) (i32.const 0xa0))))
                    (else
                      (br_if $stop
                        (i32.ne (i32.and (local.get $head) (i32.const 0xff)) (i32.const 0x1b)))
                      (br_if $stop
                        (i32.load8_u (i32.add (global.get $ESCAPES) (local.get $next))))))))))
          (br_if $marked (i64.ne (local.get $left) (i64.const 0))))
        (br $blocks)))
    (i32.store (global.get $FOUND) (local.get $graphics))
    (i32.store offset=4 (global.get $FOUND) (local.get $charset))
    (i32.store offset=8 (global.get $FOUND) (local.get $region))
    (local.get $at)))
