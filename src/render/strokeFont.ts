import type { Point } from './scene.js';

/** Units from the baseline to the top of a capital. */
const CAPITAL_UNITS = 21;
const BASELINE = 25;
const SPACE_UNITS = 16;
const FIRST_GLYPH = 33;

/**
 * The characters from "!" to "~" as strokes, for pictures of pixels, which have no fonts: Hershey's Roman Simplex (A. V. Hershey,
 * "Calligraphy for computers", U.S. Naval Weapons Laboratory, 1967; the Hershey fonts were created by him at the U.S. National
 * Bureau of Standards; the distributed data by J. Hurt, Cognition, Inc.). Each glyph: its width, then its strokes, two digits
 * of base 36 for a point, x and y downwards.
 */
const GLYPHS = [
  'a 545i 5n4o5p6o5n',
  'g 444b c4cb',
  'm b04w h0aw 4did 3jhj',
  'k 808t c0ct h7f5c4845537394b5c7ddffgghhjhmfocp8p5o3m',
  'o l43p 84a6a89a7b5b3937456484a5d6g6j5l4 hifjelengpipkolmlkjihi',
  'q ndncmblbkcjehjfmdobp7p5o4n3l3j4h5gccdbe9e7d5b49587899cbfgmiokpmpnonn',
  'a 5645546567594a',
  'e b09275594e4i5n7r9ubw',
  'e 30527599aeai9n7r5u3w',
  'g 8a8m 3ddj dd3j',
  'q d7dp 4gmg',
  '8 5l4m3l4k5l5n3p',
  'q 4gmg',
  '8 4k3l4m5l4k',
  'm k02w',
  'k 9465483d3g4l6o9pbpeoglhghdg8e5b494',
  'k 6887b4bp',
  'k 4948566584c4e5f6g8gafcdf3php',
  'k 54g4acdcfdgehhhjgmeobp8p5o4n3l',
  'k d43iii d4dp',
  'k f4544d5c8bbbecgehhhjgmeobp8p5o4n3l',
  'k g7f5c4a475584d4i5m7oapbpeogmhjhigfedbcac7d5f4i',
  'k h47p 34h4',
  'k 845547495b7cbdeegghihlgnfocp8p5o4n3l3i4g6e9ddcfbg9g7f5c484',
  'k gbfedgah9h6g4e3b3a476594a4d5f7gbggfldoap8p5o4m',
  '8 4d3e4f5e4d 4k3l4m5l4k',
  '8 4d3e4f5e4d 5l4m3l4k5l5n3p',
  'o k74gkp',
  'q 4dmd 4jmj',
  'o 47kg4p',
  'i 3938465574b4d5e6f8faecdd9f9i 9n8o9pao9n',
  's ichaf9c9aa9b8e8h9jbkekgjhh c9ab9e9hajbk i9hhhjjklkniofodnam8k6i5f4c49576584a3d3g4j5l7n9ocpfpioknlm j9ihijjk',
  'i 941p 94hp 4iei',
  'k 444p 44d4g5h6i8iahcgdde 4edegfhgiiilhngodp4p',
  'm i9h7f5d4947557493c3h4k5m7o9pdpfohmik',
  'k 444p 44b4e5g7h9icihhkgmeobp4p',
  'i 444p 44h4 4ece 4php',
  'g 444p 44h4 4ece',
  'm i9h7f5d4947557493c3h4k5m7o9pdpfohmikih dhih',
  'm 444p i4ip 4eie',
  '8 444p',
  'g c4ckbnao8p6p4o3n2k2i',
  'k 444p i44i 9dip',
  'e 444p 4pgp',
  'o 444p 44cp k4cp k4kp',
  'm 444p 44ip i4ip',
  'm 947557493c3h4k5m7o9pdpfohmikjhjci9h7f5d494',
  'k 444p 44d4g5h6i8ibhdgedf4f',
  'm 947557493c3h4k5m7o9pdpfohmikjhjci9h7f5d494 clir',
  'k 444p 44d4g5h6i8iahcgdde4e beip',
  'k h7f5c4845537394b5c7ddffgghhjhmfocp8p5o3m',
  'g 848p 14f4',
  'm 444j5m7oapcpfohmiji4',
  'i 149p h49p',
  'o 247p c47p c4hp m4hp',
  'k 34hp h43p',
  'i 149e9p h49e',
  'k h43p 34h4 3php',
  'e 404w 505w 40b0 4wbw',
  'e 04es',
  'e 909w a0aw 30a0 3waw',
  'g 820g 82gg',
  'i 0wiw',
  '8 593b3d4e5d4c3d',
  'k fbfp fedcbb8b6c4e3h3j4m6o8pbpdofm',
  'i 444p 4e6c8bbbdcfeghgjfmdobp8p6o4m',
  'i fedcbb8b6c4e3h3j4m6o8pbpdofm',
  'k f4fp fedcbb8b6c4e3h3j4m6o8pbpdofm',
  'i 3hfhffeddcbb8b6c4e3h3j4m6o8pbpdofm',
  'e a48465585p 2b9b',
  'k fbfreudvbw8w6v fedcbb8b6c4e3h3j4m6o8pbpdofm',
  'k 444p 4f7c9bcbecfffp',
  '8 3445544334 4b4p',
  'a 5465746354 6b6s5v3w1w',
  'g 444p eb4l 8hfp',
  '8 444p',
  'u 4b4p 4f7c9bcbecfffp ffickbnbpcqfqp',
  'k 4b4p 4f7c9bcbecfffp',
  'k 8b6c4e3h3j4m6o8pbpdofmgjghfedcbb8b',
  'i 4b4w 4e6c8bbbdcfeghgjfmdobp8p6o4m',
  'k fbfw fedcbb8b6c4e3h3j4m6o8pbpdofm',
  'c 4b4p 4h5e7c9bcb',
  'i eedcab7b4c3e4g6hbidjelemdoap7p4o3m',
  'e 545l6o8pap 2b9b',
  'k 4b4l5o7papcofl fbfp',
  'g 2b8p eb8p',
  'm 3b7p bb7p bbfp jbfp',
  'i 3bep eb3p',
  'g 2b8p eb8p6t4v2w1w',
  'i eb3p 3beb 3pep',
  'e 907162545668798b8d6f 71636577889a9c8e4g8i9k9m8o7p6r6t7v 6h8j8l7n6o5q5s6u7v9w',
  '8 404w',
  'e 507182949688796b6d8f 71838577685a5c6eag6i5k5m6o7p8r8t7v 8h6j6l7n8o9q9s8u7v5w',
  'o 3j3h4e6d8daeehgiiikhlf 3h4f6e8eafeigjijkilfld',
];

/** The strokes of a line of text, and its width. The text begins at x = 0 on the baseline y = 0, y downwards. */
export function textStrokes(text: string, sizePx: number): { strokes: Point[][]; widthPx: number } {
  // fonts give their size with ascenders and descenders; capitals have about 0.72 of it
  const scale = (0.72 * sizePx) / CAPITAL_UNITS;
  const strokes: Point[][] = [];
  let left = 0;
  for (const character of text) {
    const glyph = GLYPHS[character.charCodeAt(0) - FIRST_GLYPH];
    if (glyph === undefined) {
      left += SPACE_UNITS;
      continue;
    }
    const [width, ...parts] = glyph.split(' ');
    for (const part of parts) {
      const digits = [...part].map((digit) => Number.parseInt(digit, 36));
      strokes.push(
        Array.from({ length: digits.length / 2 }, (_, i) => [
          scale * (left + digits[2 * i]),
          scale * (digits[2 * i + 1] - BASELINE),
        ]),
      );
    }
    left += Number.parseInt(width, 36);
  }
  return { strokes, widthPx: scale * left };
}
