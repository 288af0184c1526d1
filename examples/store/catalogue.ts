/**
 * What the shop sells: the goods that a first start puts into the database.
 *
 * Owns names, prices and stock. Leaves drawing to ./pictures.ts.
 */
import type { Picture } from './pictures.ts'

/** The shop's only currency. */
export const currency = 'EUR'

export interface Product {
  /** Unique, for ever: carts and orders keep it. Capital letters, digits, hyphens. */
  readonly sku: string
  /** Unique; names the product in addresses. */
  readonly slug: string
  readonly name: string
  readonly description: string
  /** In minor units: 1890 is 18.90 euros. */
  readonly price: number
  readonly currency: typeof currency
  /** Pieces in the warehouse; 0 is sold out. */
  readonly stock: number
  readonly picture: Picture
}

type Line = readonly [
  sku: string,
  slug: string,
  name: string,
  price: number,
  stock: number,
  picture: readonly [Picture['subject'], Picture['tint'], Picture['sky']],
  description: string,
]

const lines: readonly Line[] = [
  [
    'MUG-FOG',
    'morning-fog-mug',
    'Morning Fog Mug',
    1890,
    42,
    ['mug', 'sea', 'dawn'],
    'A stoneware mug for the first quiet half hour. The glaze is thicker at the foot and thins towards the rim, the way fog lifts off a lake. Holds 350 ml and keeps its warmth; safe in the dishwasher.',
  ],
  [
    'LMP-CUM',
    'cumulus-lamp',
    'Cumulus Lamp',
    12900,
    6,
    ['cloudLamp', 'sea', 'night'],
    'A pendant of folded paper that glows like the last cloud of the evening. Five glass drops hang beneath it and catch the light. Warm LED included, three metres of fabric cable, dimmable.',
  ],
  [
    'UMB-TWO',
    'umbrella-for-two',
    'Umbrella for Two',
    5450,
    18,
    ['umbrella', 'rose', 'storm'],
    'Wide enough for two people who agree on the direction. Ash handle, eight steel ribs that turn inside out and back again without complaint, and a canopy made from recycled bottles.',
  ],
  [
    'NTB-CLD',
    'cloud-spotters-notebook',
    'Cloud Spotter’s Notebook',
    1450,
    120,
    ['notebook', 'night', 'day'],
    'Ten genera, 144 pages, room for the date, the place and what it looked like to you. Thread-bound so that it lies flat on a knee, with a ribbon and a loop for a pencil.',
  ],
  [
    'TEA-POT',
    'stratus-teapot',
    'Stratus Teapot',
    4800,
    11,
    ['teapot', 'slate', 'haze'],
    'Pours without dripping; we poured four hundred cups to be sure. One litre of grey-glazed porcelain with a wide sieve, so that the leaves can open as they please.',
  ],
  [
    'KIT-LNG',
    'long-tailed-kite',
    'Long-Tailed Kite',
    3200,
    24,
    ['kite', 'clay', 'day'],
    'Rises in the lightest wind and stands still in a stronger one. Ripstop cotton on spruce spars, a tail of three bows, forty metres of line on a wooden reel. From six years, with no upper limit.',
  ],
  [
    'BAR-BRS',
    'brass-barometer',
    'Brass Barometer',
    16500,
    3,
    ['barometer', 'brass', 'haze'],
    'An aneroid barometer in a turned brass case. It knows about the rain some six hours before you do. Tap the glass gently, set the marker, and look again after supper.',
  ],
  [
    'TEA-RNY',
    'rainy-afternoon-tea',
    'Rainy Afternoon Tea',
    1190,
    85,
    ['tin', 'plum', 'storm'],
    'Assam and a little smoked black tea with dried plum and cinnamon bark. Made for grey windows and long chapters. 100 g of loose leaves in a tin worth keeping.',
  ],
  [
    'LMP-MOO',
    'moonrise-lamp',
    'Moonrise Lamp',
    7900,
    9,
    ['moonLamp', 'sun', 'dusk'],
    'A globe of frosted glass on three legs of oiled ash. It brightens over twenty minutes, like the moon behind a hill, and goes out the same way. Charges by USB-C, lasts eleven nights.',
  ],
  [
    'CND-THN',
    'distant-thunder-candle',
    'Distant Thunder Candle',
    2650,
    37,
    ['candle', 'plum', 'dusk'],
    'Wet stone, cedar and a trace of smoke: the ten minutes before a summer storm. Rapeseed wax in a heavy glass that becomes a tumbler afterwards. Burns for about forty-five hours.',
  ],
  [
    'SCF-CIR',
    'cirrus-scarf',
    'Cirrus Scarf',
    6800,
    14,
    ['scarf', 'rose', 'haze'],
    'Lambswool and a little silk, woven so loosely that it weighs less than a letter. Two metres long; goes around twice and still has something to say. Wash by hand, dry flat.',
  ],
  [
    'INK-STM',
    'ink-before-the-storm',
    'Ink: Before the Storm',
    1680,
    56,
    ['ink', 'night', 'storm'],
    'A blue-black that dries with a faint violet edge, like a front coming in from the west. 40 ml for fountain pens; kind to nibs, firm on paper, washes out of sleeves.',
  ],
  [
    'WND-CHM',
    'light-breeze-wind-chime',
    'Light Breeze Wind Chime',
    3900,
    21,
    ['windChime', 'sea', 'day'],
    'Four aluminium tubes tuned to a chord that never quite ends. Speaks up at two on the Beaufort scale and stays polite until five. Oak top, waxed cord.',
  ],
  [
    'PST-ATL',
    'atlas-of-clouds-poster',
    'Atlas of Clouds, Poster',
    2900,
    64,
    ['poster', 'sea', 'dawn'],
    'All ten genera at their proper heights, from cirrus down to stratus, drawn by hand and printed on heavy uncoated paper. 50 × 70 cm, with oak rails and a cord to hang it by.',
  ],
  [
    'BTS-PDL',
    'puddle-boots',
    'Puddle Boots',
    5900,
    0,
    ['boots', 'sun', 'storm'],
    'Natural rubber, a cotton lining, and a sole that has met wet cobblestones before. Cut a little wide for thick socks. Sizes 36 to 46. The next delivery comes in when the leaves come down.',
  ],
  [
    'GLS-STM',
    'storm-glass',
    'Storm Glass',
    4500,
    8,
    ['stormGlass', 'sea', 'storm'],
    'Crystals grow and vanish in a sealed drop of glass as the weather turns. Admiral FitzRoy swore by one; we only promise that it is beautiful. Beech base, 19 cm tall.',
  ],
  [
    'TEA-CLM',
    'evening-calm-infusion',
    'Evening Calm Infusion',
    990,
    73,
    ['pouch', 'moss', 'dusk'],
    'Lemon balm, lime blossom and oat straw from two gardens near the sea. No caffeine, no sugar, nothing to stay up for. 60 g in a paper pouch.',
  ],
  [
    'PCL-GRY',
    'six-greys-pencils',
    'Six Greys, Pencils',
    1250,
    140,
    ['pencils', 'slate', 'haze'],
    'Six pencils from mist to slate, for skies that are not blue. Cedar, round, and soft enough to smudge with a finger. In a card box with a sharpener.',
  ],
  [
    'HAT-NIM',
    'nimbus-bobble-hat',
    'Nimbus Bobble Hat',
    3400,
    29,
    ['hat', 'sea', 'night'],
    'Knitted in one piece from merino, with two ridges of hills and one cloud on top. Covers the ears, survives the bottom of a bag. One size.',
  ],
  [
    'LTR-AIR',
    'airmail-writing-set',
    'Airmail Writing Set',
    1790,
    48,
    ['letters', 'sea', 'day'],
    'Twenty sheets so light that six still travel on one stamp, with ten striped envelopes. For news that can wait a week and is better for it.',
  ],
  [
    'GGE-RAN',
    'garden-rain-gauge',
    'Garden Rain Gauge',
    2200,
    33,
    ['rainGauge', 'sea', 'storm'],
    'Reads to half a millimetre and needs nobody to charge it. Frost-proof glass on an oak stake. Comes with a card for twelve months of mornings.',
  ],
  [
    'LNT-DSK',
    'dusk-paper-lantern',
    'Dusk Paper Lantern',
    2450,
    2,
    ['lantern', 'clay', 'dusk'],
    'Mulberry paper over bamboo ribs, folded flat for the journey and round on arrival. Hangs from a branch or a balcony; lit by a small lamp that lasts an evening.',
  ],
  [
    'CSH-CUM',
    'cumulus-cushion',
    'Cumulus Cushion',
    4200,
    16,
    ['cushion', 'slate', 'dawn'],
    'Linen outside, buckwheat husks and wool inside: it takes your shape and gives it back. 45 × 45 cm, cover washable at thirty degrees.',
  ],
  [
    'HNY-LND',
    'linden-honey',
    'Linden Honey',
    1350,
    27,
    ['jar', 'sun', 'dawn'],
    'From forty hives on the edge of a town that smells of linden for two weeks in June. Pale, minty, unheated. It crystallises in winter, as it should. 400 g.',
  ],
  [
    'VAN-WHL',
    'whale-weathervane',
    'Whale Weathervane',
    18900,
    1,
    ['weathervane', 'clay', 'day'],
    'A copper whale that swims into the wind and blows when it is fair. Cut and riveted by hand, turning on a stainless bearing. Fits ridge tiles and posts; bring a friend and a ladder.',
  ],
  [
    'CRD-ABV',
    'postcards-from-above',
    'Postcards from Above',
    850,
    210,
    ['postcards', 'moss', 'day'],
    'Twelve views from a slow balloon: hedges, rivers, the shadow of the basket. Thick card that takes any ink, with an envelope for the one you keep.',
  ],
  [
    'THM-WIN',
    'window-thermometer',
    'Window Thermometer',
    2750,
    0,
    ['thermometer', 'moss', 'haze'],
    'Tells you about the coat before you open the door. Enamelled steel with a red spirit column, from minus thirty to plus fifty. Two screws or one strip of adhesive.',
  ],
  [
    'MBL-FIV',
    'five-clouds-mobile',
    'Five Clouds Mobile',
    3650,
    12,
    ['mobile', 'slate', 'dawn'],
    'Five felt clouds on a bent ash bow. The warmth of a reading lamp is enough to set them off, and they take their time coming round again. Hung over cots, desks and one dentist’s chair.',
  ],
]

/** Twenty-eight products, in the order in which the shop shows them. */
export const catalogue: readonly Product[] = lines.map(
  ([sku, slug, name, price, stock, [subject, tint, sky], description]) => {
    const picture = { subject, tint, sky }
    return { sku, slug, name, description, price, currency, stock, picture }
  },
)
