package judgment_test

// heldOutTopics are searches like topics. No rule may be chosen by their results, so
// that they show how well the rules do for other searches.
var heldOutTopics = []asked{
	hope("american civil war", `
		Gone with the Wind | Free State of Jones | Glory | Gettysburg | Ride with the Devil | Gods and Generals | Love Me Tender | Lincoln |
		Abraham Lincoln: Vampire Hunter | The Good, the Bad and the Ugly | Dances with Wolves | Cold Mountain | Jonah Hex | Little Women |
		Major Dundee | 12 Years a Slave | The Conspirator | Gangs of New York | 3:10 to Yuma | The Birth of a Nation | From a Whisper to a Scream`),
	hope("ww1 movies", `
		War Horse | Lawrence of Arabia | Flyboys | Joyeux Noël | The Big Parade | Hell's Angels | Legends of the Fall | The Awakening |
		The Water Diviner | A Very Long Engagement | Doctor Zhivago | A Farewell to Arms | Darling Lili | The Magic Flute |
		The Legend of Bagger Vance | Beneath Hill 60 | Passchendaele | Reds | The Basket | Alexander's Ragtime Band | Ararat | The White Ribbon`),
	hope("holocaust", `
		Schindler's List | The Pianist | The Boy in the Striped Pyjamas | Amen. | Judgment at Nuremberg | Jakob the Liar | Sarah's Key | Fateless |
		Adam Resurrected | The Reader | Nowhere in Africa | Aimee & Jaguar | The Book Thief | Black Book | Freedom Writers | Good | The Debt |
		Woman in Gold | Ida | The Statement`),
	hope("9/11 attacks", `
		Extremely Loud & Incredibly Close | World Trade Center | Fahrenheit 9/11 | United 93 | Reign Over Me | My Name Is Khan |
		The Missing Person | Mooz-lum | Running Forever | Zero Dark Thirty | Brick Lane`),
	hope("halloween night", `
		Halloween | Hocus Pocus | Halloween II | Halloween III: Season of the Witch | Halloween 4: The Return of Michael Myers |
		Halloween: The Curse of Michael Myers | Fun Size | Stan Helsing | E.T. the Extra-Terrestrial | The Crow | A Cinderella Story |
		Silent Hill: Revelation 3D | House of 1000 Corpses | Halloween: Resurrection | Halloween 5: The Revenge of Michael Myers | Lady in White |
		Spaced Invaders | Hayride | Twin Falls Idaho | Monster House | Casper | Creepshow | Donnie Darko`),
	hope("baseball", `
		Moneyball | 42 | Trouble with the Curve | A League of Their Own | Million Dollar Arm | The Benchwarmers | How Do You Know | Major League |
		The Fan | Fever Pitch | The Rookie | For Love of the Game | Mr. 3000 | Summer Catch | The Perfect Game | The Bad News Bears | Home Run |
		Beer League | The Open Road | Henry & Me | Hardball | The Upside of Anger | 3 Ninjas Kick Back | Frequency | Cop Out`),
	hope("soccer movie", `
		Bend It Like Beckham | Shaolin Soccer | Playing for Keeps | Kicking & Screaming | Mean Machine | Underdogs | Bella | Eden |
		United Passions | Goal!: The Dream Begins | She's the Man | The Damned United | Gracie | The Game of Their Lives |
		Once in a Lifetime: The Extraordinary Story of the New York Cosmos | Palo Alto | The Pink Panther`),
	hope("surfing", `
		The Shallows | Surf's Up | Soul Surfer | Chasing Mavericks | Blue Crush | Psycho Beach Party | Surfer, Dude | Riding Giants |
		Lords of Dogtown | Dogtown and Z-Boys | The Perfect Wave | Airborne | Meet the Deedles | Chairman of the Board | Point Break |
		Fast Times at Ridgemont High | Stranded | Sharknado | Escobar: Paradise Lost | Lilo & Stitch`),
	hope("golf comedy", `Happy Gilmore | Caddyshack | Tin Cup`),
	hope("horse racing", `
		Seabiscuit | Secretariat | Dreamer: Inspired By a True Story | Outside Bet | Hidalgo | The Sting | All Hat | Racing Stripes |
		A View to a Kill | Lucky Number Slevin | Ben-Hur | Last Orders | The Black Stallion`),
	hope("courtroom comedy", `
		Liar Liar | My Cousin Vinny | Legally Blonde | Legally Blonde 2: Red, White & Blonde | Intolerable Cruelty | Find Me Guilty |
		Laws of Attraction | Legal Eagles | Bernie | Bee Movie | Ted 2 | Chicago`),
	hope("inspiring teacher", `
		Dead Poets Society | Mona Lisa Smile | The Class | The History Boys | The Chorus | Freedom Writers | Half Nelson | Mr. Holland's Opus |
		The Emperor's Club | School of Rock | Coach Carter | Won't Back Down | Akeelah and the Bee | Renaissance Man | Take the Lead |
		Here Comes the Boom | Only the Strong | Pay It Forward | Hamlet 2 | Good Will Hunting | The Bélier Family | The Basket | Precious | Honey |
		Gridiron Gang | Real Women Have Curves | Whiplash | Blue Car | God's Not Dead 2 | The Great Debaters | Larry Crowne`),
	hope("wall street broker", `
		The Wolf of Wall Street | Wall Street | Wall Street: Money Never Sleeps | Margin Call | Boiler Room | The Big Short | Trading Places |
		Arbitrage | The Pursuit of Happyness | American Psycho | Inside Job | Money Monster | Tower Heist | The Good Guy | Supercapitalist |
		She's the One | Madea's Witness Protection | Capitalism: A Love Story | Nine 1/2 Weeks`),
	hope("computer hacker", `
		The Matrix | The Girl with the Dragon Tattoo | Live Free or Die Hard | Swordfish | Blackhat | The Signal | WarGames | Hackers | The Net |
		Pulse | Fled | The Social Network | Nerve | The Italian Job | Enemy of the State | Pi | Criminal | Antitrust | Firewall | Untraceable |
		The Fifth Estate | Superman III | GoldenEye | Big Momma's House 2 | eXistenZ`),
	hope("con artist", `
		American Hustle | Focus | The Sting | I Love You Phillip Morris | The Brothers Bloom | Extract | Shooting Fish | Speedway Junky |
		Catch Me If You Can | Ocean's Eleven | Oz: The Great and Powerful | Pirates of the Caribbean: On Stranger Tides | Pain & Gain |
		The Road to El Dorado | The Brothers Grimm | Trading Places | Heartbreakers | Deadfall | Nine Queens | Confidence | Family Plot |
		The Hustler | The Color of Money | Bad Santa | Shade | Plastic | Identity Thief | Now You See Me | The Perfect Host | Tower Heist |
		Kingpin | The Prestige | Anastasia | The Wolf of Wall Street | The Spanish Prisoner | The Hoax | Birthday Girl`),
	hope("samurai", `
		The Last Samurai | 47 Ronin | Seven Samurai | Ghost Dog: The Way of the Samurai | Teenage Mutant Ninja Turtles III | Six-String Samurai |
		Kill Bill: Vol. 1 | The Wolverine | Brother | The Warrior's Way`),
	hope("ancient egypt", `
		The Mummy Returns | Exodus: Gods and Kings | Gods of Egypt | The Prince of Egypt | The Scorpion King | Cleopatra | The Egyptian | Agora |
		Sphinx | Solomon and Sheba | The Young Messiah | Night at the Museum: Secret of the Tomb`),
	hope("victorian england", `
		The Elephant Man | The Wolfman | Steamboy | The League of Extraordinary Gentlemen | A Christmas Carol | Victor Frankenstein |
		The Young Victoria | The Importance of Being Earnest | Oliver! | Mary Reilly | The First Great Train Robbery |
		The Pirates! In an Adventure with Scientists! | Sherlock Holmes | Sherlock Holmes: A Game of Shadows | From Hell | Oliver Twist |
		Topsy-Turvy | Wuthering Heights | The Prestige | An Ideal Husband | Around the World in 80 Days | Shanghai Knights | The Time Machine |
		The Woman in Black | Albert Nobbs | The Four Feathers | Nicholas Nickleby | The Muppet Christmas Carol | Pride and Prejudice and Zombies |
		Alice in Wonderland | Finding Neverland | Miss Potter | Kate & Leopold`),
	hope("movies about india", `
		Slumdog Millionaire | Gandhi | Life of Pi | The Best Exotic Marigold Hotel | The Second Best Exotic Marigold Hotel | The Lunchbox |
		A Passage to India | Monsoon Wedding | Rang De Basanti | Indiana Jones and the Temple of Doom | Eat Pray Love | My Name Is Khan |
		Bride & Prejudice | Million Dollar Arm | Baahubali: The Beginning | Jab Tak Hai Jaan | Veer-Zaara | Lage Raho Munna Bhai |
		Kama Sutra - A Tale of Love | The Lovers | Namastey London | Rocket Singh: Salesman of the Year | Earth | Fiza | Roadside Romeo |
		Ayurveda: Art of Being | Faith Connections | The Charge of the Light Brigade | The Namesake | Dil Jo Bhi Kahey... |
		Short Cut to Nirvana: Kumbh Mela | ABCD (Any Body Can Dance) | The Hundred-Foot Journey | The Other End of the Line | The Love Guru |
		Water | The Jungle Book | The Jungle Book 2 | Octopussy | The Guru | American Desi | Airlift | Krrish | Kites | Paa | Dum Maaro Dum |
		Kabhi Alvida Naa Kehna | Guiana 1838 | Call + Response | Ta Ra Rum Pum`),
	hope("tokyo japan", `
		Lost in Translation | The Grudge | The Grudge 2 | The Wolverine | 47 Ronin | Memoirs of a Geisha | You Only Live Twice | The Forest |
		Wasabi | Black Rain | Cure | Godzilla 2000 | The Toxic Avenger Part II | The Fast and the Furious: Tokyo Drift | Akira | Enter the Void |
		Brother | Shinjuku Incident | The Last Samurai | Seven Samurai | Hachi: A Dog's Tale | Babel | Kill Bill: Vol. 1 | Letters from Iwo Jima |
		Spirited Away | Teenage Mutant Ninja Turtles III | Shutter | Resident Evil: Retribution | Ponyo | Madadayo | Tora! Tora! Tora! |
		Showdown in Little Tokyo | 3 Ninjas Kick Back | The Bridge on the River Kwai | Jackass: The Movie`),
	hope("drug cartel", `
		Sicario | Bad Boys II | Blow | The Counselor | The Infiltrator | Traffic | Sabotage | Licence to Kill | Clear and Present Danger |
		The Guard | Casa De Mi Padre | Heli | End of Watch | Savages | Scarface | Hot Pursuit | We're the Millers | El Mariachi | Desperado |
		Once Upon a Time in Mexico | Machete | Close Range | Escobar: Paradise Lost | The Death and Life of Bobby Z | Gun Shy |
		Maria Full of Grace | A Man Apart | American Gangster | No Country for Old Men | 2 Guns | Snitch | The Last Stand | Contraband |
		Collateral Damage | Colombiana | Bad Boys | Die Hard 2 | Man on Fire | Homefront | The Heat | Kill the Messenger | Live and Let Die |
		Only God Forgives | City of God | Elite Squad | The Replacement Killers | Shaft | Kindergarten Cop | Lone Wolf McQuade |
		Kiss of the Dragon | Cradle 2 the Grave | Veronica Guerin`),
	hope("bank heist", `
		Now You See Me | Reservoir Dogs | Inside Man | From Dusk Till Dawn | 2 Guns | The Town | The Bank Job | Takers | Bandidas |
		Cradle 2 the Grave | Killing Zoe | Closer to the Moon | High Heels and Low Lifes | This Thing of Ours | Bandits | Public Enemies |
		The Place Beyond the Pines | Point Break | American Heist | Set It Off | Swordfish | The Italian Job | The Wild Bunch |
		Butch Cassidy and the Sundance Kid | Die Hard: With a Vengeance | Blackthorn | Triple 9 | Fast Five | 30 Minutes or Less | Ocean's Eleven |
		Stolen | Malevolence | Armored | The Ladykillers | Small Time Crooks | Out of Sight | The Dark Knight | The Newton Boys | Firewall`),
	hope("space station horror", `
		Alien | Pandorum | Event Horizon | Jason X | Sunshine | Alien³ | Aliens | Alien: Resurrection | Lifeforce | Cargo | Apollo 18 | Supernova |
		Solaris | Ghosts of Mars | Doom | The Last Days on Mars | Prometheus | Pitch Black | Gravity`),
	hope("haunted house", `
		The Others | Sinister | Beetlejuice | Insidious: Chapter 2 | Insidious | Casper | Poltergeist | Scary Movie 2 | Scary Movie 4 |
		The Haunted Mansion | The Haunting | A Haunted House | A Haunted House 2 | Stir of Echoes | Demonic | The Apparition | Darkness |
		When the Lights Went Out | The Conjuring | The Conjuring 2 | Paranormal Activity | Paranormal Activity 2 | Paranormal Activity 3 |
		Paranormal Activity 4 | The Woman in Black | The Haunting in Connecticut 2: Ghosts of Georgia | Sinister 2 | The Amityville Horror | 1408 |
		What Lies Beneath | Thir13en Ghosts | Housebound | Don't Be Afraid of the Dark | House on Haunted Hill | Monster House | Hayride |
		Just Like Heaven | The Awakening | Dark Water | Annabelle | Insidious: Chapter 3 | Ghost Ship | An American Haunting | Silent House |
		The Skeleton Key | The Shining | Dream House | Grave Encounters | Mirrors | Ouija`),
	hope("virus outbreak", `
		I Am Legend | Dawn of the Planet of the Apes | 28 Days Later | 28 Weeks Later | Contagion | Outbreak | Blindness | Doomsday | Quarantine |
		The Painted Veil | Carriers | Antiviral | Cabin Fever | World War Z | Resident Evil | Resident Evil: Retribution |
		Resident Evil: Apocalypse | Resident Evil: Extinction | Resident Evil: Afterlife | The Happening | The Crazies | Maggie | The Invasion |
		Slither | Stake Land | The Andromeda Strain | Mission: Impossible II | Osmosis Jones | Daybreakers | [REC] | [REC]² | Pontypool |
		The Reaping | Maze Runner: The Scorch Trials | Zombieland | Rise of the Planet of the Apes | Ultraviolet | The Forsaken | Dreamcatcher |
		Pride and Prejudice and Zombies`),
	hope("time loop", `Edge of Tomorrow | Groundhog Day | Source Code | Triangle | Run Lola Run | Timecrimes`),
	hope("body swap comedy", `Freaky Friday | The Change-Up | 17 Again | Big | 13 Going on 30 | The Shaggy Dog | Down to Earth`),
	hope("wedding comedy", `
		Meet the Parents | Bridesmaids | American Wedding | 27 Dresses | Bride Wars | My Big Fat Greek Wedding | My Big Fat Greek Wedding 2 |
		Four Weddings and a Funeral | My Best Friend's Wedding | The Five-Year Engagement | Runaway Bride | Bachelorette | The Wedding Planner |
		Made of Honor | Something Borrowed | License to Wed | Run, Fatboy, Run | The Wedding Date | A Guy Thing | She's the One | Monsoon Wedding |
		Jumping the Broom | Our Family Wedding | The Hangover | The Hangover Part II | Dirty Grandpa | Last Vegas | I Love You, Man | Leap Year |
		That's My Boy | The Big Wedding | You, Me and Dupree | Sweet Home Alabama | You Again | Guess Who | Think Like a Man Too | Date Movie |
		Mamma Mia! | The Proposal | What Happens in Vegas | Bride & Prejudice | The Best Man Holiday | The Best Man | Love Actually | Cop Out |
		Flubber | Madea's Family Reunion | Along Came Polly | Meet the Fockers | Ride Along 2 | In & Out | Very Bad Things | Imagine Me & You |
		The Princess Diaries 2: Royal Engagement | Corpse Bride | Good Luck Chuck | Rachel Getting Married | Just Married`),
	hope("mountain climbing", `
		127 Hours | Everest | Seven Years in Tibet | Cliffhanger | Vertical Limit | A Lonely Place to Die | Touching the Void | The Descent`),
	hope("daughter kidnapped", `
		Taken | Taken 2 | Prisoners | Man on Fire | Commando | The Prince | Changeling | Ransom | Stolen | Trade | Strangerland | Kiss the Girls |
		The Call | Along Came a Spider | Firewall | Don't Say a Word | The Lovely Bones | Mystic River | Flightplan | The Deep End of the Ocean |
		Room | The Big Lebowski | Sympathy for Lady Vengeance | Hostage | Pirates of the Caribbean: The Curse of the Black Pearl | Lockout |
		Close Range | A Walk Among the Tombstones | In Dreams | Cradle 2 the Grave`),
}
