/**
 * Words for pet names. Only newly drawn names come from these lists, and the engine's state keeps a
 * drawn name, so the lists may change without touching a stack.
 */
export const ANIMALS = words(`
  albatross alpaca ant anteater antelope armadillo auk avocet axolotl badger barbet barnacle bass bat
  bear beaver bee beetle bison bittern boar bobcat buffalo bulbul bunting bustard buzzard camel canary
  capybara caracal caribou carp cat caterpillar chamois cheetah chickadee chinchilla chipmunk chough
  cicada civet clam cobra cod condor coot coral cormorant cougar coyote crab crane cricket crow cuckoo
  curlew deer dingo dipper dolphin donkey dormouse dove dragonfly duck dugong dunlin eagle echidna eel
  egret eider elephant elk emu ermine falcon ferret finch firefly flamingo flounder fox frog gannet
  gazelle gecko gerbil gibbon giraffe gnu goat goldfinch goose gopher gorilla grebe grouse gull guppy
  haddock halibut hamster hare harrier hawk hedgehog heron herring hippo hoopoe hornbill horse hyena
  ibex ibis iguana impala jackal jackdaw jaguar jay jellyfish kangaroo kestrel kingfisher kite kiwi
  koala krill kudu lapwing lark lemming lemur leopard linnet lion lizard llama lobster loon lorikeet
  lynx macaw mackerel magpie mallard manatee mantis marlin marmot marten martin meerkat merlin minnow
  mole mongoose moose moth mouse mule narwhal newt nightjar nuthatch ocelot octopus okapi opossum orca
  oriole oryx osprey ostrich otter owl ox oyster panda panther parrot partridge peacock pelican penguin
  perch petrel pheasant pigeon pika pike pipit plaice plover polecat pony porpoise ptarmigan puffin
  puma python quail quokka rabbit raccoon raven ray redstart reindeer rhino robin rook ruff salmon
  sandpiper sardine seahorse seal serval shark sheep shrew shrike shrimp siskin skua skunk skylark
  sloth snail snipe sole sparrow spoonbill squid squirrel starfish starling stingray stoat stork
  sturgeon swallow swan swift tadpole tapir tarsier tern thrush tiger toad tortoise toucan trout tuna
  turbot turtle vole vulture wagtail wallaby walrus warbler wasp waxwing weasel whale whelk whimbrel
  wigeon wildcat wolf wolverine wombat woodcock woodpecker wren yak zander zebra
`);

export const ADJECTIVES = words(`
  able active adept agile airy alert ample ancient apt ardent artful astute august autumn awake aware
  balanced bold brave breezy bright brisk broad calm candid careful casual certain cheery chief civil
  classic clean clear clever close coastal cool cosy cordial correct crisp curious daring dapper
  decent deep deft direct distant driven dutiful eager early earnest easy elated elder elegant eminent
  equal even exact fabled factual fair faithful famous fancy fast fearless festive fine firm fitting
  fleet flexible fluent fond frank free fresh friendly frosty frugal full funny gallant game generous
  gentle genuine gifted giving glad gleaming golden good gracious grand grateful great grounded
  growing guided handy happy hardy hearty helpful hidden high honest hopeful humble ideal immense
  intent jolly jovial joyful just keen kind knowing large lasting lawful leading learned legible level
  light likely lively local logical loved loyal lucid lucky lunar main major many mature meek mellow
  merry mighty mild mindful model modern modest moral musical native natural near neat neutral new
  nice nimble noble noted novel open orderly patient peaceful perky pleasant polite poised precise
  present proper proud prudent pure quaint quick quiet rapid rare ready real refined regular related
  relaxed reliable rested right robust rosy round sacred safe sane scenic secure select sensible
  serene settled sharp shining silent simple sincere skilled smart smiling smooth snug social soft
  solar solid sound special spry stable steady sterling still stirring stout strong sturdy subtle
  sunny super supple supreme sure swift talented tender thankful thorough tidy tight timely tireless
  topical tough tranquil true trusted trusty unified united upbeat upright useful usual valid valued
  vast verified viable vital vivid warm wealthy welcome whole wide willing winning wise witty worthy
`);

export const ADVERBS = words(`
  absolutely actually amply annually badly barely basically boldly briefly brightly broadly busily
  calmly carefully cheaply clearly closely commonly completely constantly correctly daily deeply
  definitely directly duly eagerly early easily eminently endlessly enough entirely equally evenly
  evidently exactly explicitly fairly faithfully finally firmly formally forward frankly freely
  freshly fully generally gently gladly globally gradually gratefully greatly happily hardly highly
  honestly hopefully ideally instantly jointly kindly largely lately legally likely literally locally
  loudly loyally mainly merely mildly mostly naturally nearly neatly newly nicely nominally normally
  notably openly overly partly patiently perfectly plainly possibly precisely presently promptly
  properly publicly purely quickly quietly radically rapidly rarely readily really recently regularly
  rightly roughly sadly safely scarcely seriously sharply shortly simply sincerely slowly smoothly
  socially solely soundly specially steadily strictly strongly suddenly surely swiftly terribly
  thankfully thoroughly tidily totally truly typically uniformly unusually usually utterly vaguely
  vastly visibly vitally warmly weekly wholly widely wildly willingly wisely yearly
`);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
