export default {
  sold: 'Vendu',
  expected: 'Prévu',
  between: '8 fois sur 10, entre',
  and: '{{low}} et {{high}}',
  expected_between: '{{middle}} prévus, 8 fois sur 10 entre {{low}} et {{high}}',
  day: 'Jour',
  week: 'Semaine',
  week_of: 'semaine du {{day}}',
  figures: 'Voir les chiffres',
  walk: 'Parcourir le graphique',
  walk_hint: 'flèches gauche et droite',
} as const;
