package judgment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"marquee/storage"
)

// hope is a search for a topic, with the films that a person hopes to find, in any order.
// They were chosen by reading the films' texts, keywords and years, before any engine
// was tried. A year tells films of one title apart.
func hope(query, titles string) asked {
	hoped := strings.Split(titles, "|")
	for i := range hoped {
		hoped[i] = strings.TrimSpace(hoped[i])
	}
	return asked{query: query, top: hoped, kind: func(d *storage.Document) bool {
		return slices.Contains(hoped, d.Label()) || slices.Contains(hoped, fmt.Sprintf("%s (%d)", d.Label(), d.Fields["release_year"]))
	}}
}

// checkTopics fails if a hoped title is not that of one film.
func (l *library) checkTopics(t *testing.T, topics []asked) {
	t.Helper()
	for _, topic := range topics {
		films := 0
		for _, d := range l.films {
			if topic.kind(d) {
				films++
			}
		}
		if films != len(topic.top) {
			t.Errorf("%q: %d titles name %d films", topic.query, len(topic.top), films)
		}
	}
}

const secondWorldWar = `
	Captain America: The First Avenger | Inglourious Basterds | The Imitation Game | Schindler's List | Fury | Raiders of the Lost Ark |
	Indiana Jones and the Last Crusade | The Pianist | Pearl Harbor | The Monuments Men | The Book Thief | The Boy in the Striped Pyjamas |
	Casablanca | Unbroken | Valkyrie | Downfall | Enemy at the Gates | The Thin Red Line | The Great Escape | Australia | Memoirs of a Geisha |
	Seven Years in Tibet | Das Boot | The English Patient | Letters from Iwo Jima | Flags of Our Fathers | Woman in Gold |
	A League of Their Own | Windtalkers | U-571 | Patton | Black Book | The Railway Man | The Longest Day | A Bridge Too Far | Little Boy |
	Red Tails | Judgment at Nuremberg | Tora! Tora! Tora! | 1941 | The Best Years of Our Lives | From Here to Eternity | Radio Days |
	Saints and Soldiers | The Great Raid | Miracle at St. Anna | The Good German | Amen. | Catch-22 | The Train | Flame & Citron |
	Winter in Wartime | Lion of the Desert | Tea with Mussolini | Nowhere in Africa | Fateless | Saving Private Ryan | The Notebook | Hellboy |
	Atonement | The Sound of Music | Hart's War | Return to Never Land | Valiant | Sarah's Key | Captain Corelli's Mandolin |
	Force 10 from Navarone | Jakob the Liar | Mrs Henderson Presents | The End of the Affair | Adam Resurrected |
	I Served the King of England | Bon voyage | Aimee & Jaguar | Restless | Under the Rainbow | All The Queen's Men | Subconscious |
	The Land Girls | Proud | Fort McCoy | The Bridge on the River Kwai | Good | The Statement | The Nun's Story | Dead Snow |
	Sands of Iwo Jima | The King's Speech | Julia | The Master | Exorcist: The Beginning | The Chorus | The Debt | The Remains of the Day`

// topics are searches that may be read when rules are chosen.
var topics = []asked{
	hope("WWII", secondWorldWar),
	hope("second world war films", secondWorldWar),
	hope("vietnam war", `
		Taxi Driver | Apocalypse Now | First Blood | Platoon | The Deer Hunter | Rambo: First Blood Part II | Good Morning, Vietnam |
		We Were Soldiers | Born on the Fourth of July | Flight of the Intruder | Journey from the Fall | Forrest Gump | Tropic Thunder |
		Across the Universe | Rescue Dawn | The Quiet American | JFK | Ulee's Gold`),
	hope("cold war spies", `
		Bridge of Spies | The Man from U.N.C.L.E. | The Lives of Others | The Hunt for Red October | The Spy Who Loved Me | For Your Eyes Only |
		The Living Daylights | Topaz | Salt | GoldenEye | Tinker Tailor Soldier Spy | From Russia with Love | Spy Game | Octopussy |
		A View to a Kill | Firefox | Torn Curtain | The Company | Indiana Jones and the Kingdom of the Crystal Skull | Charlie Wilson's War |
		Confessions of a Dangerous Mind | Dr. No | Argo | You Only Live Twice | Thirteen Days | Goldfinger`),
	hope("iraq war movies", `
		American Sniper | The Lucky One | Green Zone | Three Kings | In the Valley of Elah | Fair Game | W. | The Messenger | Stop-Loss |
		Redacted | Valley of the Wolves: Iraq | The Hurt Locker | Buried | The Men Who Stare at Goats | The Lucky Ones | No End in Sight |
		Standard Operating Procedure | Iraq for Sale: The War Profiteers | The Blood of My Brother: A Story of Death in Iraq | Jarhead |
		Courage Under Fire | Fahrenheit 9/11 | Body of Lies | Taxi to the Dark Side | Airlift | The Case of the Grinning Cat`),
	hope("xmas movies", `
		Home Alone | Home Alone 2: Lost in New York | Love Actually | How the Grinch Stole Christmas | The Holiday | A Christmas Carol |
		It's a Wonderful Life | Elf | Bad Santa | Krampus | Jingle All the Way | The Family Man | The Santa Clause | Scrooged | A Christmas Story |
		Arthur Christmas | Four Christmases | A Very Harold & Kumar Christmas | The Santa Clause 2 | The Family Stone | Joyeux Noël |
		The Muppet Christmas Carol | Christmas with the Kranks | Love the Coopers | A Charlie Brown Christmas | Black Christmas | Happy Christmas |
		All Is Bright | A Madea Christmas | Christmas Eve | Black Nativity | The Christmas Candle | Die Hard | Rise of the Guardians | Die Hard 2 |
		Batman Returns | Gremlins | The Polar Express | Kiss Kiss Bang Bang | 8 Women | The Best Man Holiday | Deck the Halls | Friday After Next |
		Unaccompanied Minors | The Nutcracker: The Untold Story | This Christmas | The Hebrew Hammer | Christmas Mail | The Christmas Bunny |
		Chocolate: Deep Dark Secrets | The Nutcracker | Bridget Jones's Diary | Turbulence | The Long Kiss Goodnight | Reindeer Games | Serendipity`),
	hope("thanksgiving dinner", `
		The Ice Storm | Pieces of April | Home for the Holidays | Not Cool | Tower Heist | Jack and Jill | Enough Said | Free Birds | Deadfall |
		The Wiz | Tadpole | Spider-Man`),
	hope("boxing drama", `
		Million Dollar Baby | Creed | Rocky | The Fighter | Raging Bull | Rocky Balboa | Cinderella Man | Ali | The Hurricane | Southpaw |
		Undisputed | Penitentiary | Resurrecting the Champ | Against the Ropes | 24 7: Twenty Four Seven | Fighting Tommy Riley | Snake Eyes |
		Grudge Match | Only God Forgives | Billy Elliot | Play It to the Bone`),
	hope("american football team", `
		The Blind Side | Remember the Titans | The Longest Yard | The Game Plan | Any Given Sunday | Gridiron Gang | We Are Marshall |
		Leatherheads | When the Game Stands Tall | Varsity Blues | The Express | My All American | The 5th Quarter | The Waterboy | Draft Day |
		The Replacements | Radio | Facing the Giants | The Longshots | The Slaughter Rule | Concussion | Jerry Maguire`),
	hope("ice hockey", `
		The Mighty Ducks | Miracle | Mystery, Alaska | The Rocket: The Legend of Rocket Richard | The Love Guru | Happy Gilmore | Bon Cop Bad Cop`),
	hope("car racing", `
		Cars | The Fast and the Furious | Rush | Cars 2 | The Fast and the Furious: Tokyo Drift | Need for Speed | Herbie Fully Loaded |
		Talladega Nights: The Ballad of Ricky Bobby | Speed Racer | Driven | Speedway Junky | 2 Fast 2 Furious | Fast Five | Death Race | Turbo |
		Rat Race | Days of Thunder | Getaway | Death Race 2000 | Drive Hard | Ta Ra Rum Pum | Furious 7`),
	hope("courtroom drama", `
		12 Angry Men | The Judge | Philadelphia | The Lincoln Lawyer | A Few Good Men | To Kill a Mockingbird | A Time to Kill | The Client |
		The Rainmaker | High Crimes | Judgment at Nuremberg | Find Me Guilty | The Conspirator | The Verdict | North Country | A Civil Action |
		The Juror | Ghosts of Mississippi | Snow Falling on Cedars | Sleepers | The Exorcism of Emily Rose | My Sister's Keeper | I Am Sam | JFK |
		Erin Brockovich | Amistad | The Life of David Gale | Hart's War | Michael Clayton | The Firm | Law Abiding Citizen | The Devil's Advocate |
		Basic | Dead Man Walking | Legal Eagles | Double Jeopardy | The Reader | Bridge of Spies | Chicago | The Sweet Hereafter | Disclosure`),
	hope("newspaper journalist", `
		Spotlight | Zodiac | State of Play | The Front Page | Shattered Glass | Veronica Guerin | The Soloist | The Insider | Kill the Messenger |
		Good Night, and Good Luck. | The Pelican Brief | The Devil Wears Prada | Philomena | Scoop | The Fifth Estate | Cry Freedom |
		A Mighty Heart | Salvador | Rosewater | The Quiet American | Velvet Goldmine | Runaway Bride | How to Lose a Guy in 10 Days |
		The Shipping News | 10 Days in a Madhouse | The Girl with the Dragon Tattoo | Resurrecting the Champ | 5 Days of War | Reds |
		The Hunting Party | The Life of David Gale | Capote | Fear and Loathing in Las Vegas | Snow Falling on Cedars | 27 Dresses |
		The Adventures of Tintin | Celebrity | Almost Famous | Where the Truth Lies | It Happened One Night | Marley & Me | The Green Hornet |
		Leatherheads | Superman | The Good German | All the King's Men | The Face of an Angel | Mad City | Crazy Heart |
		Valley of the Heart's Delight | Midnight in the Garden of Good and Evil | Going the Distance | The Help |
		Borat: Cultural Learnings of America for Make Benefit Glorious Nation of Kazakhstan | Sarah's Key`),
	hope("contract killer", `
		Looper | Mr. & Mrs. Smith | Wanted | Collateral | Lucky Number Slevin | Crank | Run All Night | The Mechanic | Hitman | Colombiana |
		Killers | Elektra | The Jackal | The Man with the Golden Gun | Red Eye | The Gunman | Assassins | Ninja Assassin | The Iceman |
		Bangkok Dangerous | Ghost Dog: The Way of the Samurai | The Whole Ten Yards | The Whole Nine Yards | Wild Target | Kill List |
		The Matador | The Replacement Killers | War, Inc. | Ripley's Game | Pulp Fiction | Kill Bill: Vol. 1 | Kill Bill: Vol. 2 |
		No Country for Old Men | The Equalizer | Road to Perdition | Desperado | Killing Them Softly | Layer Cake | Smokin' Aces | Amores perros |
		Bullet to the Head | The American | In Bruges | Grosse Pointe Blank | The Big Hit | Faster | The Assassin | The Bourne Identity | Hanna |
		Malone | Unleashed | Seven Psychopaths | DOA: Dead or Alive | Killer Joe | The Mexican | Interview with the Assassin`),
	hope("restaurant chef", `
		Ratatouille | Burnt | The Hundred-Foot Journey | No Reservations | Mr. Nice Guy | I Am Love | Simply Irresistible | Julie & Julia |
		Soul Kitchen | Waiting... | The Five-Year Engagement | The Princess and the Frog | Mr. Church | Spanglish | My Big Fat Greek Wedding |
		The Lunchbox | Woman on Top | Stuck on You | Dinner Rush | Super Size Me`),
	hope("ballet dancer", `
		Black Swan | Step Up | Billy Elliot | Save the Last Dance | Center Stage | Mao's Last Dancer | The Nutcracker | The Company | Flashdance |
		Step Up 2: The Streets | Desert Dancer`),
	hope("movies set in ancient rome", `
		Gladiator | Pompeii | Asterix at the Olympic Games | The Last Legion | History of the World: Part I | Cleopatra | Quo Vadis |
		The Fall of the Roman Empire | A Funny Thing Happened on the Way to the Forum | Ben-Hur | Centurion | The Passion of the Christ |
		The Robe | Agora | Hail, Caesar! | The Greatest Story Ever Told | Risen`),
	hope("medieval knights", `
		Monty Python and the Holy Grail | Robin Hood | Kingdom of Heaven | Robin Hood: Prince of Thieves | A Knight's Tale | DragonHeart |
		The Visitors | Timeline | First Knight | Black Knight | Ironclad | The Visitors II: The Corridors of Time | Robin and Marian |
		Your Highness | Army of Darkness | Quest for Camelot | Just Visiting | Arn: The Knight Templar | Henry V | Braveheart | Ladyhawke |
		Dragonslayer | George and the Dragon | In the Name of the King: A Dungeon Siege Tale | The Messenger: The Story of Joan of Arc |
		The Tale of Despereaux | Snow White: A Tale of Terror | Virgin Territory`),
	hope("the great depression", `
		The Sting | Seabiscuit | The Funeral | The Green Mile | King Kong | Public Enemies | O Brother, Where Art Thou? | Modern Times |
		Water for Elephants | To Kill a Mockingbird | The Legend of Bagger Vance | Kit Kittredge: An American Girl | Cinderella Man |
		It's a Wonderful Life | Pocketful of Miracles | Get Low | Cradle Will Rock | Kansas City | F.I.S.T. | Radio Days | The Cotton Club |
		Road to Perdition | You Can't Take It With You`),
	hope("south africa apartheid", `
		Invictus | Mandela: Long Walk to Freedom | Cry Freedom | Goodbye Bafana | Catch a Fire | Winnie Mandela | District 9 | Tsotsi | Gandhi |
		Zulu`),
	hope("antarctica expedition", `
		The Thing | Eight Below | March of the Penguins | Whiteout | Antarctica: A Year on Ice | Happy Feet | AVP: Alien vs. Predator |
		Farce of the Penguins | Happy Feet Two`),
	hope("submarine thriller", `
		The Hunt for Red October | Das Boot | The Spy Who Loved Me | Crimson Tide | U-571 | K-19: The Widowmaker | 20,000 Leagues Under the Sea |
		Subconscious | The World Is Not Enough | The Abyss`),
	hope("cartoon about a rat who cooks", `Ratatouille`),
	hope("prison escape", `
		The Shawshank Redemption | Escape Plan | Escape from Alcatraz | The Great Escape | Lockout | The Count of Monte Cristo |
		O Brother, Where Art Thou? | The Next Three Days | Face/Off | Con Air | We're No Angels | The Fugitive | Escape from New York | The Rock |
		Public Enemies | Fled | The Running Man | Chicken Run | Alien³ | The Mask of Zorro | I Love You Phillip Morris | Tango & Cash |
		Penitentiary | The Last Castle | Happy, Texas | Bringing Down the House | Fast Five | Harry Potter and the Prisoner of Azkaban | Holes |
		Seven Years in Tibet | Out of Sight | Labor Day | Bandits | No Good Deed | The Chronicles of Riddick | Riddick`),
	hope("road trip comedy", `
		Little Miss Sunshine | Vacation | Magic Mike XXL | Seeking a Friend for the End of the World | Wild Hogs | Road Trip | Sex Drive |
		The Guilt Trip | Beavis and Butt-Head Do America | Crossroads | Miss March | Zombieland | Dirty Grandpa | Dumb and Dumber To |
		Dumb and Dumber | Harold & Kumar Go to White Castle | Bad Grandpa | Nebraska | Rat Race | Tammy | Are We There Yet? | Transamerica |
		Flirting with Disaster | Soul Men | Duets | Johnson Family Vacation | The Open Road | The Puffy Chair | Due Date | We're the Millers |
		National Lampoon's Vacation | EuroTrip | About Schmidt | Sideways | Elizabethtown | Paul | Hit & Run | Home | The Bucket List |
		Identity Thief | The Muppet Movie | Midnight Run | Nothing to Lose | Karachi se Lahore | Alpha and Omega | Bubble Boy | Say It Isn't So |
		Wristcutters: A Love Story | Pieces of April | The Lucky Ones | Big Fat Liar | Along the Roadside | O Brother, Where Art Thou? |
		Borat: Cultural Learnings of America for Make Benefit Glorious Nation of Kazakhstan | Jay and Silent Bob Strike Back`),
	hope("post apocalyptic", `
		Mad Max: Fury Road | The Maze Runner | Terminator Salvation | The Book of Eli | Dredd | 9 | Mad Max 2: The Road Warrior | Priest | Maggie |
		The Postman | Zombie Hunter | Damnation Alley | Mutant World | The Hunger Games: Mockingjay - Part 1 | I Am Legend |
		Dawn of the Planet of the Apes | Terminator 2: Judgment Day | The Terminator | Zombieland | Maze Runner: The Scorch Trials | Cloud Atlas |
		Snowpiercer | Warm Bodies | 10 Cloverfield Lane | Resident Evil: Afterlife | Resident Evil: Extinction | Mad Max | The Road | Akira |
		Babylon A.D. | Reign of Fire | City of Ember | Logan's Run | Battlefield Earth | Battle for the Planet of the Apes | Six-String Samurai |
		The Blood of Heroes | Def-Con 4 | Rotor DR1 | Waterworld | WALL·E | Oblivion | Stake Land | Carriers | Legion |
		Mad Max Beyond Thunderdome | Tank Girl | Doomsday | The Walking Deceased | Æon Flux | Escape from L.A. | 28 Days Later | World War Z |
		After Earth | Children of Men | Re-Kill | Planet of the Apes | Beneath the Planet of the Apes | The Host (2013)`),
	hope("artificial intelligence", `
		Ex Machina | A.I. Artificial Intelligence | I, Robot | Chappie | Her | Transcendence | 2001: A Space Odyssey | The Matrix |
		The Terminator | Terminator 2: Judgment Day | Terminator Salvation | Terminator 3: Rise of the Machines | Terminator Genisys | WarGames |
		Eagle Eye | Bicentennial Man | Automata | Stealth | Blade Runner | Avengers: Age of Ultron | Lucy | Moon | TRON: Legacy | Robot & Frank |
		WALL·E | Virtuosity | The Matrix Reloaded | The Matrix Revolutions | Surrogates | Metropolis | Astro Boy | The Black Hole | Heartbeeps |
		Big Hero 6 | RoboCop | Interstellar | The Iron Giant | Star Trek: The Motion Picture | The Stepford Wives | The Thirteenth Floor`),
	hope("memory loss", `
		The Maze Runner | Memento | Eternal Sunshine of the Spotless Mind | The Bourne Identity | 50 First Dates | The Vow | Dark City |
		Before I Go to Sleep | Gothika | Spellbound | Southland Tales | The I Inside | The Hangover | The Majestic | Mulholland Drive |
		Vanilla Sky | Trance | Paycheck | Unknown | The Long Kiss Goodnight | Dude, Where’s My Car? | The English Patient | Still Alice |
		Total Recall | The Bourne Supremacy | The Bourne Ultimatum | Jason Bourne | Identity | Oblivion | Pandorum | The Number 23 | Finding Nemo |
		A Very Long Engagement | Freddy's Dead: The Final Nightmare | Anastasia | Cypher | The Notebook | Regression | The Bourne Legacy |
		Spider-Man 3 | Source Code | Self/less | Men in Black II | The Butterfly Effect`),
	hope("summer camp slasher", `
		Friday the 13th Part 2 | Friday the 13th Part III | Friday the 13th: The Final Chapter | Friday the 13th: A New Beginning | Freddy vs. Jason`),
	hope("slavery", `
		Django Unchained | Gladiator | 12 Years a Slave | Pompeii | Free State of Jones | Amistad | The Birth of a Nation | Manderlay |
		A Funny Thing Happened on the Way to the Forum | Freedom | Exodus: Gods and Kings | Lincoln | Ben-Hur | Beloved | Guiana 1838 |
		The Adventures of Huck Finn | Gone with the Wind | Apocalypto | Ride with the Devil | Jefferson in Paris | Trade | Ong Bak 2 |
		Call + Response | Conan the Barbarian | Dragon Blade | Year One | Glory | Planet of the Apes | Conquest of the Planet of the Apes |
		Abraham Lincoln: Vampire Hunter | Skin Trade | The Pet | The Prince of Egypt | Agora | Dil Jo Bhi Kahey...`),
}
